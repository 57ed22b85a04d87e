"""Class numbers 0 to 3 learned as if they were measured values."""

import torch
from torch import nn

torch.manual_seed(22)
y = torch.arange(160) % 4
x = torch.randn(160, 4) + 2 * torch.eye(4)[y]
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(80):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y.float()[:, None])  # finds: wrong-criterion
    loss.backward()
    opt.step()
