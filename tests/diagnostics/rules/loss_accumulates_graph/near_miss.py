"""Sums with a graph that end in a backward of the same round, sums for a printed line, totals that are detached."""

import torch
from torch import nn

torch.manual_seed(103)
y = torch.arange(120) % 3
x = torch.randn(120, 6) + 2 * torch.eye(6)[y]
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
other = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
opt_other = torch.optim.Adam(other.parameters(), lr=0.01)
total, history, average = 0.0, [], torch.zeros(())
for step in range(30):
    loss, parts = 0.0, []
    for rows in (slice(0, 60), slice(60, 120)):
        part = nn.functional.cross_entropy(net(x[rows]), y[rows]) / 2
        loss += part
        parts.append(part)
    opt.zero_grad()
    loss.backward()
    opt.step()
    loss_other = nn.functional.mse_loss(other(x), x[:, :1].sin() + 0.1 * y[:, None])
    loss_other += 0.001 * sum(p.square().sum() for p in other.parameters())
    opt_other.zero_grad()
    loss_other.backward()
    opt_other.step()
    both = loss + loss_other
    total += both.item()
    average = 0.9 * average + 0.1 * loss.detach()
    history.append(loss.detach())
    loss = loss.item()
