"""One feature of twelve is in hundreds, the others are of size one."""

import torch
from torch import nn

torch.manual_seed(50)
x = torch.randn(256, 12)
x[:, 3] = x[:, 3] * 30 + 40
y = (x[:, 0] > 0).long()
net = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for _ in range(10):
    for rows in torch.randperm(256).split(32):
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])  # finds: unnormalized-inputs, initial-loss-off
        opt.zero_grad()
        loss.backward()
        opt.step()
