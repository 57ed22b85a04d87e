"""Clipped before there is anything to clip."""

import torch
from torch import nn

torch.manual_seed(121)
y = torch.arange(120) % 3
x = torch.randn(120, 6) + 2 * torch.eye(6)[y]
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(30):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # finds: clip-ineffective
    loss.backward()
    optimizer.step()
