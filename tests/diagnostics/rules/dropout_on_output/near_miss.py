"""A dropout with p=0 at the end, one over embeddings that are compared with one another, and one over the input."""

import torch
from torch import nn

torch.manual_seed(5)
y = torch.arange(120) % 3
x = torch.randn(120, 6) + 3 * torch.eye(6)[y]
head = nn.Sequential(nn.Dropout(0.1), nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 3), nn.Dropout(0.0))
optimizer = torch.optim.Adam(head.parameters(), lr=0.02)
for _ in range(40):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(head(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())

tower = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 8), nn.Dropout(0.1))
optimizer = torch.optim.Adam(tower.parameters(), lr=0.01)
for _ in range(40):
    optimizer.zero_grad()
    one, other = nn.functional.normalize(tower(x)), nn.functional.normalize(tower(x))
    loss = nn.functional.cross_entropy(one @ other.T / 0.1, torch.arange(len(x)))
    loss.backward()
    optimizer.step()
print(loss.item())
