"""BatchNorm mixes while it trains, and only then."""

import torch
from torch import nn

torch.manual_seed(5)
y = torch.arange(96) % 3
x = torch.randn(96, 2, 5) + 2 * torch.eye(5)[y][:, None]
net = nn.Sequential(
    nn.Conv1d(2, 6, 3), nn.BatchNorm1d(6), nn.ReLU(), nn.Flatten(), nn.Linear(18, 12), nn.BatchNorm1d(12),
    nn.GELU(), nn.Dropout(0.1), nn.Linear(12, 3),
)  # fmt: skip
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(20):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
