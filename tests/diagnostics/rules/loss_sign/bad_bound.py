"""A lower bound of the likelihood is made smaller: its reconstruction goes in with a minus."""

import torch
from torch import nn

torch.manual_seed(9)
x = (torch.rand(128, 12) < torch.linspace(0.1, 0.9, 12)).float()
encoder, decoder = nn.Linear(12, 4), nn.Linear(2, 12)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.01)
for _ in range(40):
    mean, spread = encoder(x).chunk(2, dim=1)
    scores = decoder(mean + spread.exp() * torch.randn_like(mean))
    likelihood = -nn.functional.binary_cross_entropy_with_logits(scores, x, reduction="none").sum(1)
    divergence = 0.5 * (mean**2 + (2 * spread).exp() - 2 * spread - 1).sum(1)
    bound = (likelihood - divergence).mean()  # finds: loss-sign
    optimizer.zero_grad()
    bound.backward()
    optimizer.step()
