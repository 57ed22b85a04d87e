"""The optimizer is told to climb."""

import torch
from torch import nn

torch.manual_seed(2)
x = torch.randn(80, 3)
y = x.sum(1, keepdim=True)
net = nn.Sequential(nn.Linear(3, 10), nn.Tanh(), nn.Linear(10, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01, maximize=True)  # finds: loss-sign
for _ in range(30):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
