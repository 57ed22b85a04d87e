"""A VAE for digits, with the usual AverageMeter for the log."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(0)


class AverageMeter:
    """Keeps the average of what it is given since the last reset."""

    def __init__(self, name):
        self.name = name
        self.reset()

    def reset(self):
        self.sum, self.count = 0.0, 0

    def update(self, value, n=1):
        self.sum += float(value) * n
        self.count += n

    def __str__(self):
        return f"{self.name} {float(self.sum) / max(self.count, 1):.3f}"


class VAE(nn.Module):
    def __init__(self, latent=6):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(64, 64), nn.ReLU())
        self.mu, self.logvar = nn.Linear(64, latent), nn.Linear(64, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, 64), nn.ReLU(), nn.Linear(64, 64))

    def forward(self, x):
        h = self.inner(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        return self.decoder(z), mu, logvar


def negative_elbo(logits, mu, logvar, x):
    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum()
    return (reconstruction + kl) / len(x)


loader = DataLoader(torch.tensor(load_digits().data / 16, dtype=torch.float32), batch_size=64, shuffle=True)
vae = VAE()
optimizer = torch.optim.Adam(vae.parameters(), lr=2e-3)
meter = AverageMeter("negative ELBO")
for epoch in range(5):
    for x in loader:
        loss = negative_elbo(*vae(x), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        meter.update(loss, len(x))
    print(f"epoch {epoch}: {meter}")
