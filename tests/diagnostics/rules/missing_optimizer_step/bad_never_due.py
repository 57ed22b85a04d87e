"""The step waits for more batches than an epoch has."""

import torch
from torch import nn

torch.manual_seed(6)
y = torch.arange(150) % 3
x = torch.randn(150, 6) + 2 * torch.eye(6)[y]
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(5):
    for number, rows in enumerate(torch.arange(150).split(30), start=1):
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows]) / 16
        loss.backward()
        if number % 16 == 0:
            opt.step()  # finds: missing-optimizer-step
            opt.zero_grad()
