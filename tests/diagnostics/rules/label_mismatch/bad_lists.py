"""Two lists that were filled side by side are shuffled one after the other."""

import random

import torch
from torch import nn

random.seed(4)
torch.manual_seed(4)
points, sides = [], []
for number in range(120):
    side = number % 2
    points.append([random.gauss(2.0 * side, 0.5), random.gauss(-2.0 * side, 0.5)])
    sides.append(side)
random.shuffle(points)
random.shuffle(sides)  # finds: label-mismatch

net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for _ in range(30):
    loss = nn.functional.cross_entropy(net(torch.tensor(points)), torch.tensor(sides))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
