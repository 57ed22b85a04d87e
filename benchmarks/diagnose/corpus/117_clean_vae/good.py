import torch
from torch import nn
from torch.nn import functional as F
from sklearn.datasets import load_digits


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.h = nn.Linear(64, 40)
        self.mu, self.logvar = nn.Linear(40, 4), nn.Linear(40, 4)
        self.d1, self.d2 = nn.Linear(4, 40), nn.Linear(40, 64)

    def forward(self, x):
        h = F.relu(self.h(x))
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        return torch.sigmoid(self.d2(F.relu(self.d1(z)))), mu, logvar


torch.manual_seed(0)
x = torch.tensor(load_digits().data).float() / 16
vae = VAE()
opt = torch.optim.Adam(vae.parameters(), lr=3e-3)
for epoch in range(5):
    total = 0.0
    for rows in torch.randperm(len(x)).split(64):
        out, mu, logvar = vae(x[rows])
        rec = F.binary_cross_entropy(out, x[rows], reduction="sum")
        kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum()
        opt.zero_grad()
        (rec + kl).backward()
        opt.step()
        total += (rec + kl).item()
    print("epoch", epoch, "elbo", total / len(x))
