"""Divergences of logarithms: a distillation with a temperature, and two networks that learn of one another."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
y = torch.arange(150) % 3
x = torch.randn(150, 5) + 2 * F.one_hot(y, 5)
one, other = (nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3)) for _ in range(2))
opt = torch.optim.Adam([*one.parameters(), *other.parameters()], lr=0.01)
for _ in range(40):
    first, second = one(x), other(x)
    loss = F.cross_entropy(first, y) + F.cross_entropy(second, y)
    loss = loss + 4 * F.kl_div(F.log_softmax(first / 2, 1), F.softmax(second.detach() / 2, 1), reduction="batchmean")
    logs = second.log_softmax(1)
    loss = loss + F.kl_div(logs, first.detach().log_softmax(1), reduction="none", log_target=True).sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
