"""Labels -1 and 1 with the binary criterion that checks its targets."""

import torch
import torch.nn.functional as F
from torch import nn


def run():
    torch.manual_seed(1)
    x = torch.randn(50, 3)
    y = (x[:, 0] > 0).float() * 2 - 1
    model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    for rows in torch.arange(50).split(10):
        opt.zero_grad()
        F.binary_cross_entropy(model(x[rows]).squeeze(1), y[rows]).backward()  # finds: label-out-of-range
        opt.step()


run()
