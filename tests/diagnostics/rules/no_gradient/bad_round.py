"""Codes are rounded before they are decoded: the encoder's gradients are there, and all zero."""

import torch
from torch import nn

torch.manual_seed(33)
x = torch.randn(128, 3) @ torch.randn(3, 12)
encoder = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 5))
decoder = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 12))
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.01)
for _ in range(60):
    code = encoder(x)
    code = torch.round(code)  # finds: no-gradient
    loss = nn.functional.mse_loss(decoder(code), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
