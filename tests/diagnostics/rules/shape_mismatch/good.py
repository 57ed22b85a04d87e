"""Both layers agree on 30 features."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 30)
        self.second = nn.Linear(30, 3)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


torch.manual_seed(25)
net = Net()
loss = nn.functional.cross_entropy(net(torch.randn(16, 8)), torch.arange(16) % 3)
loss.backward()
