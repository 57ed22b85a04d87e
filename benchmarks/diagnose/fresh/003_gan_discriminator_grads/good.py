"""GAN for points on a spiral. Generator looks fine, discriminator goes wild?"""
import math

import torch
import torch.nn as nn

torch.manual_seed(0)
latent = 8


def real_batch(n):
    t = torch.rand(n, 1) * 3 * math.pi
    return torch.cat([t.cos() * t, t.sin() * t], 1) / 9 + 0.02 * torch.randn(n, 2)


G = nn.Sequential(nn.Linear(latent, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, 2))
D = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
criterion = nn.BCEWithLogitsLoss()
opt_g = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)

for step in range(400):
    # discriminator
    fake = G(torch.randn(64, latent))
    d_loss = criterion(D(real_batch(64)), ones) + criterion(D(fake.detach()), zeros)
    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()

    # generator
    g_loss = criterion(D(fake), ones)
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
    if step % 100 == 0:
        print(step, d_loss.item(), g_loss.item())
