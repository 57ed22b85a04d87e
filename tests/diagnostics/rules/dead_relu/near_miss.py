"""Sparse activity, but every unit has its examples; few examples; three units of which two sleep."""

import torch
from torch import nn

torch.manual_seed(3)
word = torch.arange(128) % 16
x = torch.eye(16)[word]
y = word % 2
net = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2))
with torch.no_grad():
    net[0].weight.copy_(torch.eye(16) + 0.05 * torch.randn(16, 16))
    net[0].bias.fill_(-0.3)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(5):
    for a, b in zip(x.split(16), y.split(16), strict=True):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(a), b).backward()
        optimizer.step()

tiny = nn.Sequential(nn.Linear(16, 20), nn.ReLU(), nn.Linear(20, 2))
second = torch.optim.Adam(tiny.parameters(), lr=0.01)
for _ in range(10):
    second.zero_grad()
    nn.functional.cross_entropy(tiny(x[:2]), y[:2]).backward()
    second.step()
