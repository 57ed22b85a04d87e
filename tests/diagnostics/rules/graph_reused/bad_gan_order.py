"""The generator's loss is computed before the discriminator's step, and its backward comes after that."""

import torch
from torch import nn

torch.manual_seed(3)
real = torch.randn(64, 2) + 2
G = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
D = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
g_opt, d_opt = (torch.optim.Adam(net.parameters(), lr=1e-3) for net in (G, D))
bce = nn.BCEWithLogitsLoss()
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)
for _ in range(20):
    fake = G(torch.randn(64, 2))
    d_loss = bce(D(real), ones) + bce(D(fake.detach()), zeros)
    g_loss = bce(D(fake), ones)  # finds: graph-reused
    d_opt.zero_grad()
    d_loss.backward()
    d_opt.step()
    g_opt.zero_grad()
    g_loss.backward()
    g_opt.step()
