"""An optimizer is built for its defaults, and the parameters are moved by hand; another one steps every fourth time."""

import torch
from torch import nn

torch.manual_seed(20)
x = torch.randn(64, 3)
y = x.sum(1, keepdim=True)
net = nn.Linear(3, 1)
other = nn.Linear(3, 1)
unused = torch.optim.SGD(net.parameters(), lr=0.05)
rare = torch.optim.SGD(other.parameters(), lr=0.05)
for step in range(40):
    net.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    with torch.no_grad():
        for p in net.parameters():
            p -= unused.param_groups[0]["lr"] * p.grad
    (nn.functional.mse_loss(other(x), y) / 4).backward()
    if step % 4 == 3:
        rare.step()
        rare.zero_grad()
