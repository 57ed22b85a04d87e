"""A regression with targets from -4 to 4, and nothing at the end."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.linspace(-2, 2, 120).reshape(-1, 1)[torch.randperm(120)]
y = 2 * x + 0.1 * torch.randn(120, 1)
net = nn.Sequential(
    nn.Linear(1, 16),
    nn.ReLU(),
    nn.Linear(16, 1),
)
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for _ in range(40):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    opt.step()
