"""Inputs and targets in a loader each, both of which shuffle."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(2)
x = torch.randn(120, 3)
y = x[:, :1] - 0.5 * x[:, 1:2]
x_loader = DataLoader(TensorDataset(x), batch_size=30, shuffle=True)
y_loader = DataLoader(TensorDataset(y), batch_size=30, shuffle=True)

net = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
for epoch in range(4):
    for (xb,), (yb,) in zip(x_loader, y_loader):  # finds: label-mismatch
        optimizer.zero_grad()
        nn.functional.mse_loss(net(xb), yb).backward()
        optimizer.step()
