"""The network is built a second time, wider, after the optimizer was made of the first."""

import torch
from torch import nn


class Digits(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Linear(8, width)
        self.head = nn.Linear(width, 3)

    def forward(self, x):
        return self.head(self.body(x).tanh())


def fit(net, opt, x, y):
    for _ in range(25):
        opt.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        opt.step()


torch.manual_seed(62)
y = torch.arange(90) % 3
x = torch.randn(90, 8) + 2 * torch.eye(8)[y]
net = Digits(8)
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)  # finds: param-not-in-optimizer
net = Digits(32)
fit(net, opt, x, y)
