"""Hinge GAN on a ring with an R1 penalty and an averaged generator."""
import copy
import math

import torch
from torch import nn

torch.manual_seed(8)
G = nn.Sequential(nn.Linear(4, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 2))
D = nn.Sequential(nn.Linear(2, 48), nn.LeakyReLU(0.2), nn.Linear(48, 48), nn.LeakyReLU(0.2), nn.Linear(48, 1))
G_avg = copy.deepcopy(G).requires_grad_(False)
opt_g = torch.optim.Adam(G.parameters(), 1e-3, betas=(0.0, 0.99))
opt_d = torch.optim.Adam(D.parameters(), 1e-3, betas=(0.0, 0.99))


def ring(n):
    angle = torch.rand(n) * 2 * math.pi
    return torch.stack([angle.cos(), angle.sin()], 1) + 0.05 * torch.randn(n, 2)


for step in range(250):
    real = ring(64).requires_grad_(True)
    with torch.no_grad():
        fake = G(torch.randn(64, 4))
    score = D(real)
    (slope,) = torch.autograd.grad(score.sum(), real, create_graph=True)
    d_loss = torch.relu(1 - score).mean() + torch.relu(1 + D(fake)).mean() + 0.5 * slope.pow(2).sum(1).mean()
    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()

    g_loss = -D(G(torch.randn(64, 4))).mean()
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
    with torch.no_grad():
        for avg, p in zip(G_avg.parameters(), G.parameters()):
            avg.lerp_(p, 0.02)
    if step % 50 == 49:
        radius = G_avg(torch.randn(500, 4)).norm(dim=1)
        print(step + 1, d_loss.item(), g_loss.item(), radius.mean().item())
