"""log_softmax for a second loss beside cross_entropy: entropy, and distillation with kl_div."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(2)
y = torch.arange(90) % 3
x = torch.randn(90, 4) + 2 * F.one_hot(y, 4)
teacher = (F.one_hot(y, 3) * 4.0).softmax(1)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for _ in range(30):
    scores = net(x)
    logs = F.log_softmax(scores / 2, dim=1)
    entropy = -(logs.exp() * logs).sum(1).mean()
    loss = F.cross_entropy(scores, y) + F.kl_div(logs, teacher, reduction="batchmean") - 0.01 * entropy
    opt.zero_grad()
    loss.backward()
    opt.step()
