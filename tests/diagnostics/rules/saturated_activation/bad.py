"""Inputs in the hundreds."""

import torch
from torch import nn

torch.manual_seed(4)
y = torch.arange(120) % 3
x = 200 * torch.randn(120, 4) + 300 * torch.eye(4)[y]
net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))  # finds: saturated-activation
nn.init.normal_(net[-1].weight, std=0.1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(30):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)  # finds: unnormalized-inputs
    loss.backward()
    optimizer.step()
