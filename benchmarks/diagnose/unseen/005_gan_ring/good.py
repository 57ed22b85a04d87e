import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1)


def real_batch(n):
    angle = torch.rand(n) * 6.2832
    return torch.stack([angle.cos(), angle.sin()], dim=1) + 0.05 * torch.randn(n, 2)


G = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
D = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
g_opt = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
d_opt = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)

for it in range(600):
    # discriminator
    real = real_batch(64)
    fake = G(torch.randn(64, 4)).detach()
    d_loss = F.binary_cross_entropy_with_logits(D(real), ones) + F.binary_cross_entropy_with_logits(D(fake), zeros)
    d_opt.zero_grad()
    d_loss.backward()
    d_opt.step()

    # generator
    fake = G(torch.randn(64, 4))
    g_loss = F.binary_cross_entropy_with_logits(D(fake), ones)
    g_opt.zero_grad()
    g_loss.backward()
    g_opt.step()

    if it % 100 == 0:
        radius = fake.detach().norm(dim=1)
        print(f"{it:4d} D {d_loss.item():.3f} G {g_loss.item():.3f} radius {radius.mean():.2f} +- {radius.std():.2f}")
