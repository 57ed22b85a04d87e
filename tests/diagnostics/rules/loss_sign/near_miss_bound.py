"""The likelihood of a normal distribution, whose minus log falls below zero, and is right."""

import torch
from torch import nn

torch.manual_seed(5)
x = torch.rand(100, 1)
y = 2 * x + 0.05 * torch.randn(100, 1)
net = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(60):
    mean, spread = net(x).chunk(2, dim=1)
    loss = -torch.distributions.Normal(mean, spread.exp()).log_prob(y).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
