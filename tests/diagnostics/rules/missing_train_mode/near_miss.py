"""Modes that may look wrong: no layer cares; batch norm frozen for fine-tuning; attacks computed in evaluation mode."""

import torch
from torch import nn

torch.manual_seed(2)
y = torch.arange(90) % 3
x = torch.randn(90, 4) + 2 * torch.eye(3, 4)[y]

plain = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(plain.parameters(), lr=0.02)
for epoch in range(12):
    optimizer.zero_grad()
    nn.functional.cross_entropy(plain(x), y).backward()
    optimizer.step()
    plain.eval()

tuned = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(tuned.parameters(), lr=0.05)
for epoch in range(12):
    tuned.train()
    if epoch > 3:
        tuned[1].eval()
    optimizer.zero_grad()
    nn.functional.cross_entropy(tuned(x), y).backward()
    optimizer.step()

robust = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3))
optimizer = torch.optim.Adam(robust.parameters(), lr=0.01)
for epoch in range(12):
    robust.eval()
    moved = x.clone().requires_grad_(True)
    nn.functional.cross_entropy(robust(moved), y).backward()
    moved = (x + 0.05 * moved.grad.sign()).detach()
    robust.train()
    optimizer.zero_grad()
    nn.functional.cross_entropy(robust(moved), y).backward()
    optimizer.step()
