"""The layers lie in an object that is no module."""

import torch
from torch import nn


class Bank:
    def __init__(self, size, count):
        self.layers = [nn.Linear(size, size) for _ in range(count)]  # finds: unregistered-submodule


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.bank = Bank(6, 2)
        self.out = nn.Linear(6, 2)

    def forward(self, x):
        for layer in self.bank.layers:
            x = torch.relu(layer(x))
        return self.out(x)


torch.manual_seed(44)
x = torch.randn(90, 6)
y = (x[:, 0] * x[:, 1] > 0).long()
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(30):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
