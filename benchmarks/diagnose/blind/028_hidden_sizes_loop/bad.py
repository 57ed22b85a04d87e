"""A spiral with three arms, an MLP from a list of sizes."""
import math

import torch
from torch import nn


def mlp(sizes):
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[i], sizes[i + 1]))  # fault: missing-nonlinearity
    return nn.Sequential(*layers)  # fault: missing-nonlinearity


def spiral(n):
    arm = torch.randint(0, 3, (n,))
    r = torch.rand(n)
    angle = 3.5 * r + arm * 2 * math.pi / 3 + 0.1 * torch.randn(n)
    return 2 * torch.stack([r * angle.cos(), r * angle.sin()], 1), arm


torch.manual_seed(0)
x, arm = spiral(1800)
net = mlp([2, 48, 48, 3])  # fault: missing-nonlinearity
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(8):
    for rows in torch.randperm(1800).split(60):
        loss = nn.functional.cross_entropy(net(x[rows]), arm[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), (net(x).argmax(1) == arm).float().mean().item())
