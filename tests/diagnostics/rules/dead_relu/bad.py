"""Biases far below zero."""

import torch
from torch import nn

torch.manual_seed(1)
y = torch.arange(120) % 3
x = torch.randn(120, 6) + 1.5 * torch.eye(6)[y]
net = nn.Sequential(
    nn.Linear(6, 24),
    nn.ReLU(),  # finds: dead-relu
    nn.Linear(24, 3),
)
with torch.no_grad():
    nn.init.constant_(net[0].bias[4:], -6.0)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
for _ in range(30):
    optimizer.zero_grad()
    loss = criterion(net(x), y)
    loss.backward()
    optimizer.step()
