"""A critic with batch norm is frozen while the generator steps, and thawed for its own step."""

import torch
from torch import nn

torch.manual_seed(10)
real = torch.randn(64, 4) * 0.5 + 1
maker = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 4))
critic = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
pair = nn.ModuleDict({"maker": maker, "critic": critic})
makes, judges = torch.optim.Adam(maker.parameters(), 1e-3), torch.optim.Adam(critic.parameters(), 1e-3)
bce = nn.BCEWithLogitsLoss()
for _ in range(30):
    noise = torch.randn(64, 3)
    critic.requires_grad_(True)
    loss = bce(critic(real), torch.ones(64, 1)) + bce(critic(maker(noise).detach()), torch.zeros(64, 1))
    judges.zero_grad()
    loss.backward()
    judges.step()
    critic.requires_grad_(False)
    loss = bce(critic(maker(noise)), torch.ones(64, 1))
    makes.zero_grad()
    loss.backward()
    makes.step()
