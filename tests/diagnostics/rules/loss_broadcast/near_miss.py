"""Pairs on purpose: every score against every other in a ranking loss, and distances of points to learned centers."""

import torch
from torch import nn

torch.manual_seed(14)
x = torch.randn(40, 3)
worth = x @ torch.tensor([2.0, -1.0, 0.5])
points = torch.cat([torch.randn(20) * 0.2 - 1, torch.randn(20) * 0.2 + 1])
scorer = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
centers = nn.Parameter(torch.tensor([-0.2, 0.3]))
opt = torch.optim.Adam([*scorer.parameters(), centers], lr=0.02)
for _ in range(60):
    opt.zero_grad()
    score = scorer(x).squeeze(1)
    wanted = (worth[:, None] > worth).float()
    ranking = nn.functional.softplus(-(score[:, None] - score) * (2 * wanted - 1)).mean()
    spread = ((points[:, None] - centers) ** 2).min(1).values.mean()
    weight = torch.ones(40, 1)
    scaled = (weight * (scorer(x) - worth[:, None]) ** 2).mean()
    (ranking + spread + scaled).backward()
    opt.step()
