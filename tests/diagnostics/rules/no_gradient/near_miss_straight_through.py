"""Rounded codes with a straight-through gradient, and a rounded number beside the way that gradients take."""

import torch
from torch import nn

torch.manual_seed(34)
x = torch.randn(128, 3) @ torch.randn(3, 12)
encoder = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 5))
decoder = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 12))
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.01)
for _ in range(60):
    code = encoder(x)
    rounded = code + (code.round() - code).detach()
    spread = 0.01 * (code - torch.floor(code)).pow(2).mean()
    loss = nn.functional.mse_loss(decoder(rounded), x) + spread
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
