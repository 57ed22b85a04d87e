"""Batch norm is the first layer: it brings the inputs to one scale."""

import torch
from torch import nn

torch.manual_seed(3)
x = torch.randn(100, 3) * torch.tensor([100.0, 5.0, 2000.0]) + 500
y = (x[:, 0] / 100 - x[:, 2] / 2000).unsqueeze(1)
net = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(50):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()
