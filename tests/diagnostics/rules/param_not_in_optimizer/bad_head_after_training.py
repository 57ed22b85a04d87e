"""A new last layer after a first training, in the same function: the optimizer still holds the old one."""

import torch
from torch import nn

torch.manual_seed(5)
y = torch.arange(120) % 4
x = torch.randn(120, 6) + 2 * torch.eye(6)[y]
net = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 4))
opt = torch.optim.Adam(net.parameters(), lr=0.01)  # finds: param-not-in-optimizer


def train(labels, steps):
    for _ in range(steps):
        loss = nn.functional.cross_entropy(net(x), labels)
        opt.zero_grad()
        loss.backward()
        opt.step()


train(y, 30)
net[2] = nn.Linear(24, 2)
train(y % 2, 30)
