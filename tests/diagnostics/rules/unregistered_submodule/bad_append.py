"""A dict is filled layer by layer; a scale is reshaped after it became a Parameter; both are lost."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.steps = {}  # finds: unregistered-submodule
        for number, (a, b) in enumerate(zip(sizes, sizes[1:])):
            self.steps[f"step{number}"] = nn.Linear(a, b)

    def forward(self, x):
        for step in self.steps.values():
            x = torch.tanh(step(x))
        return x


class Whole(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block([5, 12, 12])
        self.out = nn.Linear(12, 1)
        self.scale = nn.Parameter(torch.ones(1)).expand(1)  # finds: unregistered-submodule
        self.shift = torch.zeros(1, requires_grad=True)  # finds: unregistered-submodule

    def forward(self, x):
        return self.out(self.block(x)) * self.scale + self.shift


torch.manual_seed(72)
x = torch.randn(100, 5)
y = x.sum(1, keepdim=True).sin()
net = Whole()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(30):
    opt.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    opt.step()
