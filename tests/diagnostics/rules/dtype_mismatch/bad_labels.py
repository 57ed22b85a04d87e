"""Whole-number labels go to the binary criterion."""

import torch
from torch import nn

torch.manual_seed(1)
x = torch.randn(60, 4)
y = torch.randint(0, 2, (60, 1))  # finds: dtype-mismatch
net = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 1), nn.Sigmoid())
criterion = nn.BCELoss()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(10):
    opt.zero_grad()
    loss = criterion(net(x), y)
    loss.backward()
    opt.step()
