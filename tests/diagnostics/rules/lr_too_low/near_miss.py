"""A long warm-up: the first rates are tiny and rise."""

import torch
from torch import nn

torch.manual_seed(98)
y = torch.arange(150) % 3
x = torch.randn(150, 6) + 2 * torch.eye(6)[y]
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
plan = torch.optim.lr_scheduler.LambdaLR(opt, lambda step: (step + 1) / 100_000)
for step in range(80):
    opt.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    opt.step()
    plan.step()
