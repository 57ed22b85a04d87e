"""A lower bound whose negative is made smaller, and which may well be negative itself."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(128, 8).round()
encode, decode = nn.Linear(8, 4), nn.Linear(2, 8)
parts = nn.ModuleList([encode, decode])
optimizer = torch.optim.Adam(parts.parameters(), lr=0.01)


def elbo(x):
    mean, log_var = encode(x).chunk(2, 1)
    seen = decode(mean + (0.5 * log_var).exp() * torch.randn_like(mean))
    likelihood = -nn.functional.binary_cross_entropy_with_logits(seen, x, reduction="none").sum(1)
    penalty = -0.5 * (1 + log_var - mean**2 - log_var.exp()).sum(1)
    return (likelihood - penalty).mean()


for epoch in range(60):
    loss = -elbo(x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
