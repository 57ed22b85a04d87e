import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F


class Encoder(nn.Module):
    def __init__(self, z=8):
        super().__init__()
        self.h = nn.Linear(64, 48)
        self.mu, self.logvar = nn.Linear(48, z), nn.Linear(48, z)

    def forward(self, x):
        h = F.relu(self.h(x))
        return self.mu(h), self.logvar(h)


class Decoder(nn.Module):
    def __init__(self, z=8):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(z, 48), nn.ReLU(), nn.Linear(48, 64))

    def forward(self, z):
        return self.net(z)


x = torch.tensor(load_digits().data / 16, dtype=torch.float32)
torch.manual_seed(0)
enc, dec = Encoder(), Decoder()
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=2e-3)
for epoch in range(6):
    for batch in x[torch.randperm(len(x))].split(64):
        mu, logvar = enc(batch)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        logits = dec(z)
        recon = F.binary_cross_entropy_with_logits(logits, batch, reduction="sum") / len(batch)
        kld = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1).mean()
        loss = recon + kld
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(f"{epoch} recon {recon.item():.2f} kld {kld.item():.2f}")
