"""A fresh network for each fold: what one is tested on, the others were trained on."""

import torch
from torch import nn

torch.manual_seed(3)
x = torch.randn(120, 4)
y = x[:, :1] - 2 * x[:, 1:2] + 0.1 * torch.randn(120, 1)
for fold in range(4):
    held = torch.arange(120) % 4 == fold
    x_val, y_val = x[held], y[held]
    net = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(30):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x[~held]), y[~held]).backward()
        optimizer.step()
    with torch.no_grad():
        print(fold, nn.functional.mse_loss(net(x_val), y_val).item())
