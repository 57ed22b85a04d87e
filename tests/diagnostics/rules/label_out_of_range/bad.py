"""The labels of the four groups count from 1."""

import torch
from torch import nn

torch.manual_seed(0)
y = torch.arange(80) % 4 + 1
x = torch.randn(80, 2) + y[:, None]
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 4))
criterion = nn.CrossEntropyLoss()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(20):
    loss = criterion(net(x), y)  # finds: label-out-of-range
    opt.zero_grad()
    loss.backward()
    opt.step()
