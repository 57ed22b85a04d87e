"""Frozen halfway; zeros are left in .grad, and weight decay goes on pulling."""

import torch
from torch import nn

torch.manual_seed(8)
x = torch.randn(64, 6)
y = x[:, :1] * x[:, 1:2]
net = nn.Sequential(nn.Linear(6, 24), nn.Tanh(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.005, weight_decay=0.01)
for epoch in range(50):
    if epoch == 25:
        net[0].requires_grad_(False)
    opt.zero_grad(set_to_none=False)
    nn.functional.mse_loss(net(x), y).backward()
    opt.step()  # finds: frozen-params-change
