"""A sum of two losses is made again after the step, and only its number is added."""

import torch
from torch import nn

torch.manual_seed(14)
x = torch.randn(60, 4)
net = nn.Linear(4, 4)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
total, mean = 0.0, 0.0
for step in range(20):
    out = net(x)
    near, small = (out - x).square().mean(), out.abs().mean()
    opt.zero_grad()
    (near + 0.1 * small).backward()
    opt.step()
    total += (near + 0.1 * small).item()
    mean = mean + (float(near + small) - mean) / (step + 1)
