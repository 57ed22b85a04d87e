"""The same with an optimizer of its own for the new layer."""

import torch
from torch import nn

torch.manual_seed(5)
y = torch.arange(120) % 4
x = torch.randn(120, 6) + 2 * torch.eye(6)[y]
net = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 4))


def train(opt, labels, steps):
    for _ in range(steps):
        loss = nn.functional.cross_entropy(net(x), labels)
        opt.zero_grad()
        loss.backward()
        opt.step()


train(torch.optim.Adam(net.parameters(), lr=0.01), y, 30)
net[2] = nn.Linear(24, 2)
train(torch.optim.Adam(net[2].parameters(), lr=0.01), y % 2, 30)
