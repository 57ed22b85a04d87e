"""Only the first of many layers lacks its activation: the rest is nonlinear enough to learn."""

import torch
from torch import nn

torch.manual_seed(33)
x = torch.randn(64, 3, 8, 8)
y = (x.mean((1, 2, 3)) > 0).long()
net = nn.Sequential(
    nn.Conv2d(3, 8, 3),  # finds: missing-nonlinearity
    nn.Conv2d(8, 8, 3),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(128, 2),
)
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(15):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
