"""The scaled loss overflows at first; the GradScaler skips those steps and finds its scale."""

import torch
from torch import nn

torch.manual_seed(7)
x = torch.randn(64, 5)
y = x[:, :1] * 2 + 1
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**127)
for _ in range(60):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y) * 3
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
