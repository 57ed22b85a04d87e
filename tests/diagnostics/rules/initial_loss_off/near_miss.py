"""A sum over the examples, weighted classes, and weights that come from elsewhere and fit other labels."""

import copy

import torch
from torch import nn

torch.manual_seed(9)
y = torch.arange(120) % 3
x = torch.randn(120, 6) + 2 * torch.eye(6)[y]
for criterion in (nn.CrossEntropyLoss(reduction="sum"), nn.CrossEntropyLoss(weight=torch.tensor([1.0, 9.0, 1.0]))):
    net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(20):
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
kept = copy.deepcopy(net.state_dict())
other = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
other.load_state_dict(kept)
optimizer = torch.optim.Adam(other.parameters(), lr=0.01)
for _ in range(20):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(5 * other(x), (y + 1) % 3)
    loss.backward()
    optimizer.step()
