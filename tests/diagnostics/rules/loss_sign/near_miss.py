"""Negative on purpose: a policy gradient, an attack on the input, a reward that is maximized, a game of two."""

import torch
import torch.nn.functional as F
from torch import nn


def small(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 16), nn.ReLU(), nn.Linear(16, outputs))


torch.manual_seed(4)
x = torch.randn(64, 4)
y = (x[:, 0] > 0).long()
player, judge = small(4, 3), small(4, 2)
play = torch.optim.Adam(player.parameters(), lr=0.01)
learn = torch.optim.Adam(judge.parameters(), lr=0.01)
center = torch.zeros(4, requires_grad=True)
climb = torch.optim.SGD([center], lr=0.1, maximize=True)
for _ in range(25):
    logs = F.log_softmax(player(x), dim=1)
    move = torch.distributions.Categorical(logits=logs.detach()).sample()
    reward = (move == y).float()
    play.zero_grad()
    (-(logs.gather(1, move[:, None])[:, 0] * (reward - reward.mean())).mean()).backward()
    play.step()

    attacked = x.clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(-F.cross_entropy(judge(attacked), y), attacked)
    learn.zero_grad()
    F.cross_entropy(judge(x - 0.05 * slope.sign()), y).backward()
    learn.step()

    climb.zero_grad()
    (-(center - 1).pow(2).sum()).backward()
    climb.step()
