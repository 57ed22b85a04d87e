"""Every right way to freeze, and a class that has an attribute of its own by that name."""

import torch
from torch import nn


class Plan:
    def __init__(self, need):
        self.require_grad = need

    def turn(self):
        self.require_grad = not self.require_grad


torch.manual_seed(143)
y = torch.arange(90) % 3
x = torch.randn(90, 6) + 2 * torch.eye(6)[y]
plan = Plan(False)
plan.turn()
plan.require_grad = False
one, two, head = nn.Linear(6, 16), nn.Linear(16, 16), nn.Linear(16, 3)
one.requires_grad_(plan.require_grad)
two.weight.requires_grad = False
for name, p in two.named_parameters():
    if name == "bias":
        p.requires_grad = False
probe = torch.zeros(6)
probe.requires_grad = True
opt = torch.optim.Adam(head.parameters(), lr=0.01)
for _ in range(20):
    opt.zero_grad()
    nn.functional.cross_entropy(head(two(one(x + probe).relu()).relu()), y).backward()
    opt.step()
