"""Two lists shuffled by the same order: the seed is set before each."""

import random

import torch
from torch import nn

torch.manual_seed(0)
random.seed(0)
points, colours = [], []
for _ in range(200):
    colour = random.randrange(2)
    points.append([random.gauss(2.0 * colour, 1.0), random.gauss(0.0, 1.0)])
    colours.append(colour)
random.seed(5)
random.shuffle(points)
random.seed(5)
random.shuffle(colours)

x, y = torch.tensor(points), torch.tensor(colours)
model = nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(40):
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
