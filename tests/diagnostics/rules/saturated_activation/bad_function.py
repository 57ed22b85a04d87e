"""Weights that are far too large, before a sigmoid in the forward."""

import torch
from torch import nn

torch.manual_seed(5)
x = torch.randn(100, 8)
y = torch.sin(x[:, :1])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(8, 20)
        self.two = nn.Linear(20, 1)
        nn.init.normal_(self.one.weight, std=10.0)  # finds: saturated-activation

    def forward(self, x):
        h = torch.sigmoid(self.one(x))
        return self.two(h)


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
for _ in range(20):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()
