"""requires_grad_ is a method: an assignment only hides it."""

import torch
from torch import nn

torch.manual_seed(4)
y = torch.arange(120) % 3
x = torch.randn(120, 6) + 2 * torch.eye(6)[y]
base = nn.Sequential(nn.Linear(6, 16), nn.ReLU())
for parameter in base.parameters():
    parameter.requires_grad_ = False  # finds: requires-grad-typo
net = nn.Sequential(base, nn.Linear(16, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(30):
    opt.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    opt.step()
