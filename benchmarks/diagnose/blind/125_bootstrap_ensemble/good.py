"""Bagging: five small nets, each on a bootstrap sample, scored on the rows it has not drawn."""
import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(24)
w = load_wine()
x = torch.tensor((w.data - w.data.mean(0)) / w.data.std(0), dtype=torch.float32)
y = torch.tensor(w.target)
n = len(x)
for member in range(5):
    drawn = torch.randint(0, n, (n,))
    outside = torch.ones(n, dtype=torch.bool)
    outside[drawn] = False
    net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
    opt = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(8):
        for rows in drawn[torch.randperm(n)].split(36):
            opt.zero_grad()
            nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
            opt.step()
    with torch.no_grad():
        print(member, (net(x[outside]).argmax(1) == y[outside]).float().mean().item())
