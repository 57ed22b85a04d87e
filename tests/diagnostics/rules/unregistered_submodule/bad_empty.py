"""All layers in a list: the optimizer is given nothing, and refuses."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.stack = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]  # finds: unregistered-submodule

    def forward(self, x):
        for layer in self.stack[:-1]:
            x = layer(x).relu()
        return self.stack[-1](x)


torch.manual_seed(74)
net = Net([4, 8, 2])
opt = torch.optim.Adam(net.parameters())
