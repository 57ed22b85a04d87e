"""LBFGS: the closure zeroes, runs many times a step, and the loop never does."""

import torch
from torch import nn

torch.manual_seed(11)
x = torch.linspace(-2, 2, 80)[:, None]
y = torch.sin(2 * x)
net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
opt = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=5)


def closure():
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    return loss


for _ in range(10):
    opt.step(closure)
