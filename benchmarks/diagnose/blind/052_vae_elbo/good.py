"""Variational autoencoder for 8x8 digits."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F


class VAE(nn.Module):
    def __init__(self, latent=6):
        super().__init__()
        self.enc = nn.Linear(64, 48)
        self.mu = nn.Linear(48, latent)
        self.log_var = nn.Linear(48, latent)
        self.dec = nn.Sequential(nn.Linear(latent, 48), nn.ReLU(), nn.Linear(48, 64))

    def forward(self, x):
        h = torch.relu(self.enc(x))
        mu, log_var = self.mu(h), self.log_var(h)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        return self.dec(z), mu, log_var


def elbo(x, rec, mu, log_var):
    log_likelihood = -F.binary_cross_entropy_with_logits(rec, x, reduction="none").sum(1)
    kl = -0.5 * (1 + log_var - mu ** 2 - log_var.exp()).sum(1)
    return (log_likelihood - kl).mean()


torch.manual_seed(36)
x = torch.tensor(load_digits().data, dtype=torch.float32) / 16
vae = VAE()
opt = torch.optim.Adam(vae.parameters(), lr=2e-3)
for epoch in range(8):
    for rows in torch.randperm(len(x)).split(64):
        rec, mu, log_var = vae(x[rows])
        loss = -elbo(x[rows], rec, mu, log_var)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, "loss", loss.item(), "reconstruction", F.mse_loss(rec.sigmoid(), x[rows]).item())
