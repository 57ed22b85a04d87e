"""Too slow a rate and dropout: hard to train, but able to learn its examples."""

import torch
from torch import nn

torch.manual_seed(31)
y = torch.arange(256) % 3
x = torch.randn(256, 8) + y[:, None] * 0.7
net = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
for start in range(0, 256, 32):
    optimizer.zero_grad()
    criterion(net(x[start : start + 32]), y[start : start + 32]).backward()
    optimizer.step()
