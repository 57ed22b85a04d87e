"""Four small batches make one step: the sum of their gradients is meant."""

import torch
from torch import nn

torch.manual_seed(5)
y = torch.arange(128) % 3
x = torch.randn(128, 5) + y[:, None]
net = nn.Sequential(nn.Linear(5, 10), nn.Tanh(), nn.Linear(10, 3))
opt = torch.optim.Adam(net.parameters(), lr=0.01)

for _ in range(15):
    opt.zero_grad(set_to_none=False)
    for part in range(4):
        rows = slice(32 * part, 32 * part + 32)
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows]) / 4
        loss.backward()
    opt.step()
