"""Two lists that one loop fills side by side, each shuffled for itself."""

import random

import torch
from torch import nn

random.seed(0)
torch.manual_seed(0)
points, colours = [], []
for _ in range(200):
    colour = random.randrange(2)
    points.append([random.gauss(2.0 * colour, 1.0), random.gauss(0.0, 1.0)])
    colours.append(colour)
dice = random.Random(3)
dice.shuffle(points)
dice.shuffle(colours)  # finds: label-mismatch

x, y = torch.tensor(points), torch.tensor(colours)
model = nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(40):
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
