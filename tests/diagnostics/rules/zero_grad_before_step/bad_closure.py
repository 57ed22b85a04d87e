"""A closure for L-BFGS that zeroes when it is done: the step finds nothing."""

import torch
from torch import nn

torch.manual_seed(3)
x = torch.linspace(-2, 2, 80).unsqueeze(1)
y = torch.sin(2 * x)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=5)


def closure():
    loss = ((net(x) - y) ** 2).mean()
    loss.backward()
    optimizer.zero_grad()  # finds: zero-grad-before-step
    return loss


for _ in range(12):
    optimizer.step(closure)
