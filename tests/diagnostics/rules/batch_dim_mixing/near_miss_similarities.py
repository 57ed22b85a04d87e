"""Every example is compared with every other: the network's output is the table of similarities."""

import torch
from torch import nn

torch.manual_seed(6)
x = torch.randn(40, 8)


class Pairs(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 6))

    def forward(self, one, two):
        one = nn.functional.normalize(self.net(one), dim=1)
        two = nn.functional.normalize(self.net(two), dim=1)
        return one @ two.T / 0.1


net = Pairs()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(20):
    alike = net(x + 0.05 * torch.randn_like(x), x + 0.05 * torch.randn_like(x))
    loss = nn.functional.cross_entropy(alike, torch.arange(40))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
