"""Log-probabilities go to nll_loss."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
y = torch.arange(150) % 3
x = torch.randn(150, 5) + 2 * F.one_hot(y, 5)
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(40):
    loss = F.nll_loss(F.log_softmax(net(x), dim=1), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
