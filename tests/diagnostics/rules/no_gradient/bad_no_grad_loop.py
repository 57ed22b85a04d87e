"""The training loop was copied from the evaluation, with its no_grad."""

import torch
from torch import nn

torch.manual_seed(4)
x, y = torch.randn(60, 4), torch.randn(60, 1)
net = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)


def train():
    for _ in range(10):
        opt.zero_grad()
        with torch.no_grad():  # finds: no-gradient
            out = net(x)
        loss = nn.functional.mse_loss(out, y)
        loss.backward()
        opt.step()


train()
