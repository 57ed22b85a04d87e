"""Two views, in-batch negatives: the similarity matrix is [N, N] on purpose."""
import torch
from torch import nn
from torch.nn import functional as F
from sklearn.datasets import load_digits

torch.manual_seed(0)
x = torch.tensor(load_digits().data).float() / 16
enc = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16))
opt = torch.optim.Adam(enc.parameters(), lr=2e-3)
for epoch in range(4):
    for rows in torch.randperm(len(x)).split(128):
        if len(rows) < 128:
            continue
        a = F.normalize(enc(x[rows] + 0.1 * torch.randn(128, 64)), dim=1)
        b = F.normalize(enc(x[rows] + 0.1 * torch.randn(128, 64)), dim=1)
        sim = a @ b.T / 0.2
        own = torch.arange(128)
        loss = (F.cross_entropy(sim, own) + F.cross_entropy(sim.T, own)) / 2
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
