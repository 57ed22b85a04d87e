"""The gradients are taken away by hand, a moment too early; the other network does it in time."""

import torch
from torch import nn


def clear(net):
    for weight in net.parameters():
        weight.grad = None  # finds: zero-grad-before-step


torch.manual_seed(7)
x = torch.randn(80, 3)
y = x.abs().sum(1, keepdim=True)
for late in (True, False):
    net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
    opt = torch.optim.SGD(net.parameters(), lr=0.02)
    for _ in range(12):
        if late:
            opt.zero_grad()
        nn.functional.l1_loss(net(x), y).backward()
        if not late:
            clear(net)
        opt.step()
