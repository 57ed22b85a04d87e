"""The inputs of an epoch are put in order beside their labels; both are then picked by position."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 4)
y = (x[:, 0] > 0).long()
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(10):
    order = torch.randperm(200)
    labels = y[order]
    for start in range(0, 200, 50):
        rows = order[start : start + 50]
        scores = model(x[rows])
        loss = nn.functional.cross_entropy(scores, labels[start : start + 50])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
