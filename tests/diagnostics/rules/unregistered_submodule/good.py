"""Hidden layers in a ModuleList."""

import torch
from torch import nn


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(6, 16), nn.Linear(16, 16)])
        self.last = nn.Linear(16, 3)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).relu()
        return self.last(x)


torch.manual_seed(71)
y = torch.arange(90) % 3
x = torch.randn(90, 6) + 2 * torch.eye(6)[y]
net = Deep()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(30):
    opt.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    opt.step()
