"""A class, a function and zeros instead of None."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 10), nn.Linear(10, 1)

    def forward(self, x):
        return self.b(torch.tanh(self.a(x)))


def train(net, opt, x, y, epochs):
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(25):
            loss = nn.functional.mse_loss(net(x[rows]), y[rows])
            loss.backward()
            net.zero_grad(set_to_none=False)  # finds: zero-grad-before-step
            opt.step()


torch.manual_seed(82)
x = torch.randn(100, 4)
net = Net()
train(net, torch.optim.Adam(net.parameters(), lr=0.01), x, x.sum(1, keepdim=True).sin(), 8)
