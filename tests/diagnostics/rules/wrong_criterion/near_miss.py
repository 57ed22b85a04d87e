"""Soft targets that sum to one (mixup), several labels with BCE, yes and no by squared error, and many whole numbers."""

import torch
from torch import nn

torch.manual_seed(24)
y = torch.arange(128) % 3
x = torch.randn(128, 6) + y[:, None]
mixed = 0.7 * torch.eye(3)[y] + 0.3 * torch.eye(3)[y.flip(0)]
several = (x[:, :3] > 1).float()
age = (40 + 12 * x[:, 0]).round()[:, None]
trunk = nn.Sequential(nn.Linear(6, 24), nn.ReLU())
heads = nn.ModuleList([nn.Linear(24, width) for width in (3, 3, 1, 1)])
opt = torch.optim.Adam([*trunk.parameters(), *heads.parameters()], lr=0.01)
for _ in range(50):
    opt.zero_grad()
    h = trunk(x)
    loss = nn.functional.cross_entropy(heads[0](h), mixed)
    loss = loss + nn.functional.binary_cross_entropy_with_logits(heads[1](h), several)
    loss = loss + nn.functional.mse_loss(torch.sigmoid(heads[2](h)), several[:, :1])
    loss = loss + nn.functional.mse_loss(heads[3](h), age) / 100
    loss.backward()
    opt.step()
