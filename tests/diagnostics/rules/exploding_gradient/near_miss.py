"""A sum over many examples, by hand and by the criterion; large targets; and gradients that are clipped."""

import torch
from torch import nn

torch.manual_seed(13)
x = torch.randn(400, 4)
y = 40 * x[:, :1] + 10


def train(measure, *, limit=None):
    net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(15):
        optimizer.zero_grad()
        loss = measure(net(x), y)
        loss.backward()
        if limit is not None:
            nn.utils.clip_grad_norm_(net.parameters(), limit)
        optimizer.step()


train(lambda p, t: ((p - t) ** 2).sum())
train(nn.MSELoss(reduction="sum"), limit=1.0)
