"""The step was left out altogether."""

import torch
from torch import nn

torch.manual_seed(19)
x = torch.randn(64, 3)
y = x.sum(1, keepdim=True).sin()
net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)


def train(epochs):
    for _ in range(epochs):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()  # finds: missing-optimizer-step
    return loss


train(20)
