"""A curve is fitted; the model answers [N, 1], the targets are [N]."""

import torch
from torch import nn

torch.manual_seed(12)
x = torch.rand(100, 1) * 4 - 2
y = (x**2).squeeze(1) + 0.1 * torch.randn(100)
model = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.02)

for step in range(120):
    opt.zero_grad()
    loss = ((model(x) - y) ** 2).mean()  # finds: loss-broadcast
    loss.backward()
    opt.step()
print(f"{loss.item():.4f}")
