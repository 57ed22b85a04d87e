"""Targets in the hundreds make large gradients everywhere, in the last layer as in the first."""

import torch
from torch import nn

torch.manual_seed(14)
x = torch.randn(200, 4)
y = 300 * x[:, :1] + 500
net = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(30):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()
