"""Standardised by the deviation of each column; one column never changes."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)
x = torch.randn(120, 5)
y = x[:, :1] - x[:, 1:2]
x[:, 4] = 7.0
x = (x - x.mean(0)) / x.std(0)  # finds: non-finite
net = nn.Sequential(nn.Linear(5, 20), nn.Tanh(), nn.Linear(20, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(3):
    for a, b in DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(a), b)
        loss.backward()
        optimizer.step()
