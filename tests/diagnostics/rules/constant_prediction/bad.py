"""Inputs so small, in metres where micrometres count, that the network learns the frequencies of the classes only."""

import torch
from torch import nn

torch.manual_seed(0)
y = torch.tensor([0, 1, 0, 2]).repeat(30)
x = 1e-3 * (torch.randn(120, 3) + 2 * torch.eye(3)[y])

net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(80):
    optimizer.zero_grad()
    scores = net(x)
    loss = nn.functional.cross_entropy(scores, y)  # finds: constant-prediction
    loss.backward()
    optimizer.step()
