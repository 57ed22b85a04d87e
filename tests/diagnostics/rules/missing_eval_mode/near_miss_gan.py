"""The generator has batch norm and makes examples for the discriminator without gradients, in training mode."""

import torch
from torch import nn

torch.manual_seed(4)
maker = nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
judge = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
maker_steps = torch.optim.Adam(maker.parameters(), lr=1e-3)
judge_steps = torch.optim.Adam(judge.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()
for step in range(30):
    real = 0.3 * torch.randn(32, 2) + 1
    with torch.no_grad():
        fake = maker(torch.randn(32, 3))
    judge_steps.zero_grad()
    loss = bce(judge(real), torch.ones(32, 1)) + bce(judge(fake), torch.zeros(32, 1))
    loss.backward()
    judge_steps.step()
    maker_steps.zero_grad()
    bce(judge(maker(torch.randn(32, 3))), torch.ones(32, 1)).backward()
    maker_steps.step()
