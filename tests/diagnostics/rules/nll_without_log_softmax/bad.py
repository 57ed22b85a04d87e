"""Raw scores go to nll_loss; the loss runs below zero and never stops."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
y = torch.arange(150) % 3
x = torch.randn(150, 5) + 2 * F.one_hot(y, 5)
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for _ in range(40):
    loss = F.nll_loss(net(x), y)  # finds: nll-without-log-softmax
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
