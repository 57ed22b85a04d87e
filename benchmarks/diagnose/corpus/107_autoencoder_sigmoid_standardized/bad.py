"""Denoising autoencoder: the decoder ends in a sigmoid, the data are standardized."""
import torch
from torch import nn
from sklearn.datasets import load_breast_cancer

torch.manual_seed(14)
data = torch.tensor(load_breast_cancer().data).float()
data = (data - data.mean(0)) / data.std(0)


class DAE(nn.Module):
    def __init__(self, n=30, code=10):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(n, 20), nn.ReLU(), nn.Linear(20, code), nn.ReLU())
        self.dec = nn.Sequential(nn.Linear(code, 20), nn.ReLU(), nn.Linear(20, n))

    def forward(self, x):
        z = self.enc(x)
        return torch.sigmoid(self.dec(z))  # fault: output-range


dae = DAE()
opt = torch.optim.Adam(dae.parameters(), lr=5e-3)
for epoch in range(8):
    for rows in torch.randperm(len(data)).split(32):
        clean = data[rows]
        noisy = clean + 0.1 * torch.randn_like(clean)
        loss = (dae(noisy) - clean).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print("epoch", epoch, "error", loss.item())
