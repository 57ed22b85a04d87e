"""A GAN on a ring: the discriminator's gradients pile up, and neither loss tells."""

import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(4, 16), nn.LeakyReLU(0.2), nn.Linear(16, 2))
discriminator = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
g_optimizer = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))
criterion = nn.BCEWithLogitsLoss()
one, zero = torch.ones(64, 1), torch.zeros(64, 1)
for step in range(60):
    angle = 6.28 * torch.rand(64, 1)
    real = torch.cat([angle.cos(), angle.sin()], 1)
    fake = generator(torch.randn(64, 4))
    d_loss = criterion(discriminator(real), one) + criterion(discriminator(fake.detach()), zero)
    d_loss.backward()
    d_optimizer.step()  # finds: missing-zero-grad
    g_loss = criterion(discriminator(fake), one)
    g_optimizer.zero_grad()
    g_loss.backward()
    g_optimizer.step()
print(f"{d_loss.item():.4f} {g_loss.item():.4f}")
