"""Not called, and in use: a shared weight, a head for later, layers in a dict, a weight used as a tensor."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(9, 12)
        self.out = nn.Linear(12, 9, bias=False)
        self.out.weight = self.embed.weight
        self.mix = nn.Linear(12, 12)
        self.later = nn.Linear(12, 2)
        self.heads = nn.ModuleDict({"a": nn.Linear(12, 12), "b": nn.Linear(12, 12)})
        self.stage = 1

    def forward(self, x):
        x = torch.tanh(nn.functional.linear(self.embed(x), self.mix.weight))
        x = torch.tanh(self.heads["a"](x))
        if self.stage == 2:
            return self.later(x)
        return x @ self.embed.weight.T


torch.manual_seed(152)
tokens = torch.arange(181) % 9
net = Net()
opt = torch.optim.Adam([p for p in net.parameters()], lr=0.01)
for _ in range(30):
    opt.zero_grad()
    nn.functional.cross_entropy(net(tokens[:-1]), tokens[1:]).backward()
    opt.step()
