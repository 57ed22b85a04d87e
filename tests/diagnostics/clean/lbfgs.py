"""A closure that is called several times a step."""

import torch
from torch import nn

torch.manual_seed(2)
x = torch.linspace(-3, 3, 80).unsqueeze(1)
y = torch.sin(x)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=5)


def closure():
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    return loss


for _ in range(12):
    optimizer.step(closure)
