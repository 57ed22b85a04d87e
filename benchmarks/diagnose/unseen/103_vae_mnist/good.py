import os
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.datasets import MNIST

torch.manual_seed(0)
x = MNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True).data[:3000].float().view(-1, 784) / 255


class VAE(nn.Module):
    def __init__(self, latent=4):
        super().__init__()
        self.fc1 = nn.Linear(784, 100)
        self.fc21, self.fc22 = nn.Linear(100, latent), nn.Linear(100, latent)
        self.fc3, self.fc4 = nn.Linear(latent, 100), nn.Linear(100, 784)

    def forward(self, x):
        h = F.relu(self.fc1(x))
        mu, logvar = self.fc21(h), self.fc22(h)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, logvar


def elbo(recon, x, mu, logvar):
    bce = F.binary_cross_entropy(recon, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld


model = VAE()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(4):
    total = 0
    for batch in x[torch.randperm(len(x))].split(60):
        optimizer.zero_grad()
        loss = elbo(*((r := model(batch))[0], batch, r[1], r[2]))
        loss.backward()
        total += loss.item()
        optimizer.step()
    print(f"epoch {epoch}: {total / len(x):.2f}")
with torch.no_grad():
    model.eval()
    h = torch.randn(8, 4)
    print(torch.sigmoid(model.fc4(F.relu(model.fc3(h)))).mean().item())
