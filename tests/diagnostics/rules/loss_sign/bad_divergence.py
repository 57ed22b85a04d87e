"""A variational autoencoder whose divergence lacks its minus."""

import torch
from torch import nn

torch.manual_seed(2)
x = torch.rand(128, 12).round()


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(12, 24)
        self.mu, self.logvar = nn.Linear(24, 3), nn.Linear(24, 3)
        self.decoder = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 12))

    def forward(self, x):
        h = torch.relu(self.hidden(x))
        mu, logvar = self.mu(h), self.logvar(h)
        return self.decoder(mu + torch.randn_like(mu) * (0.5 * logvar).exp()), mu, logvar


net = VAE()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for _ in range(40):
    out, mu, logvar = net(x)
    rebuilt = nn.functional.binary_cross_entropy_with_logits(out, x, reduction="sum") / len(x)
    divergence = 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), 1).mean()  # finds: loss-sign
    opt.zero_grad()
    (rebuilt + divergence).backward()
    opt.step()
