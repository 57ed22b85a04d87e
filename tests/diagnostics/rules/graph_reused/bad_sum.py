"""The sum of the losses of an epoch is what backward is called on, in every batch."""

import torch
import torch.nn.functional as F
from torch import nn


def train(model, batches, opt):
    total = 0
    for x, y in batches:
        total += F.mse_loss(model(x), y)  # finds: graph-reused
        opt.zero_grad()
        total.backward()
        opt.step()
    return total


torch.manual_seed(1)
x = torch.randn(60, 3)
model = nn.Sequential(nn.Linear(3, 10), nn.ReLU(), nn.Linear(10, 1))
train(model, [(rows, rows.sum(1, keepdim=True)) for rows in x.split(20)], torch.optim.SGD(model.parameters(), lr=0.01))
