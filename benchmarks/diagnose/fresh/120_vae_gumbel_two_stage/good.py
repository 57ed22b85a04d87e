"""Stage 1 trains an autoencoder, stage 2 a classifier on its frozen codes."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(16)
d = load_digits()
x, y = torch.tensor(d.data).float() / 16, torch.tensor(d.target)


class VAE(nn.Module):
    def __init__(self, z=8):
        super().__init__()
        self.enc = nn.Linear(64, 48)
        self.mu, self.logvar = nn.Linear(48, z), nn.Linear(48, z)
        self.dec = nn.Sequential(nn.Linear(z, 48), nn.ReLU(), nn.Linear(48, 64), nn.Sigmoid())

    def encode(self, x):
        h = F.relu(self.enc(x))
        return self.mu(h), self.logvar(h)

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        return self.dec(z), mu, logvar


vae = VAE()
opt = torch.optim.Adam(vae.parameters(), lr=3e-3)
for epoch in range(4):
    for idx in torch.randperm(1500).split(75):
        recon, mu, logvar = vae(x[idx])
        bce = F.binary_cross_entropy(recon, x[idx], reduction="sum") / len(idx)
        kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1).mean()
        opt.zero_grad()
        (bce + 0.3 * kl).backward()
        opt.step()
    print("vae", epoch, bce.item(), kl.item())
vae.requires_grad_(False)
vae.eval()
probe = nn.Linear(8, 10)
opt2 = torch.optim.Adam(probe.parameters(), lr=0.02)
for epoch in range(4):
    for idx in torch.randperm(1500).split(75):
        loss = F.cross_entropy(probe(vae.encode(x[idx])[0]), y[idx])
        opt2.zero_grad()
        loss.backward()
        opt2.step()
    print("probe", epoch, loss.item())
