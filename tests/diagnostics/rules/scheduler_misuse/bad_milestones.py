"""Milestones counted in epochs, stepped after every batch: two tenths of the rate are a little more than 0.01 of it."""

import torch
from torch import nn

torch.manual_seed(111)
y = torch.arange(160) % 4
x = torch.randn(160, 8) + 2 * torch.eye(8)[y]
net = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.MultiStepLR(opt, milestones=[4, 6], gamma=0.1)
for epoch in range(8):
    for part in torch.randperm(160).split(16):
        opt.zero_grad()
        nn.functional.cross_entropy(net(x[part]), y[part]).backward()
        opt.step()
        scheduler.step()  # finds: scheduler-misuse
