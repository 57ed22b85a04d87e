"""Encoder and decoder with an optimizer each: one is zeroed at the start of the step, the other at its end."""

import torch
from torch import nn

torch.manual_seed(1)
x = torch.randn(200, 10).tanh()
encoder = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 4), nn.Tanh())
decoder = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 10))
first = torch.optim.Adam(encoder.parameters(), lr=0.003)
second = torch.optim.SGD(decoder.parameters(), lr=0.05, momentum=0.9)
for step in range(100):
    first.zero_grad(set_to_none=False)
    loss = nn.functional.mse_loss(decoder(encoder(x)), x)
    loss.backward()
    first.step()
    second.step()
    for parameter in decoder.parameters():
        parameter.grad.data.zero_()
print(f"{loss.item():.4f}")
