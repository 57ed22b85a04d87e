"""Eight layers with ReLU."""

import torch
from torch import nn

torch.manual_seed(10)
y = torch.arange(128) % 2
x = torch.randn(128, 16) + y[:, None]
layers = []
for _ in range(8):
    layers += [nn.Linear(16, 16), nn.ReLU()]
net = nn.Sequential(*layers, nn.Linear(16, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
criterion = nn.CrossEntropyLoss()
for _ in range(25):
    optimizer.zero_grad()
    loss = criterion(net(x), y)
    loss.backward()
    optimizer.step()
