"""A variational autoencoder whose divergence is right, and is subtracted."""

import torch
from torch import nn

torch.manual_seed(2)
x = torch.rand(128, 12).round()
encoder = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 6))
decoder = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 12))
opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
for _ in range(40):
    mu, logvar = encoder(x).chunk(2, dim=1)
    out = decoder(mu + torch.randn_like(mu) * (0.5 * logvar).exp())
    divergence = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1).mean()
    loss = nn.functional.binary_cross_entropy_with_logits(out, x) - 0.1 * divergence  # finds: loss-sign
    opt.zero_grad()
    loss.backward()
    opt.step()
