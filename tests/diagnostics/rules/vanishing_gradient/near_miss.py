"""A deep network that has learned all there is, a frozen beginning, and one whose last layer starts at zero."""

import torch
from torch import nn

torch.manual_seed(11)
y = torch.arange(96) % 2
x = 3 * torch.randn(96, 8) + 8 * (y[:, None] * 2 - 1)


def deep(frozen=0):
    layers = []
    for number in range(5):
        layer = nn.Linear(8 if number == 0 else 24, 24)
        layer.requires_grad_(number >= frozen)
        layers += [layer, nn.LayerNorm(24), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(24, 2))


last = deep()
nn.init.zeros_(last[-1].weight)
for net, rate in ((deep(), 0.1), (deep(frozen=3), 0.1), (last, 0.01)):
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=rate)
    for _ in range(25):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
