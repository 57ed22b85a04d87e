"""A step function takes the loss out of the graph and switches gradients on again."""

import torch
import torch.nn.functional as F
from torch import nn


def learn(model, opt, x, y):
    raw = F.cross_entropy(model(x), y)
    value = raw.detach()  # finds: loss-not-connected
    value.requires_grad_(True)
    opt.zero_grad()
    value.backward()
    opt.step()
    return float(value)


torch.manual_seed(1)
y = torch.arange(60) % 2
x = torch.randn(60, 3) + y[:, None]
model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
print([learn(model, opt, x, y) for _ in range(20)][-1])
