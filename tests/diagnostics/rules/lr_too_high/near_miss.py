"""High rates that go well: Adam at 0.1, a spike at the start of a warm restart, rates of Rprop's kind, a task that is hard."""

import torch
from torch import nn

torch.manual_seed(94)
y = torch.arange(150) % 3
x = torch.randn(150, 6) + 2 * torch.eye(6)[y]
net = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), lr=0.1)
plan = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(opt, T_0=20)
for epoch in range(60):
    opt.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    opt.step()
    plan.step()
