"""A middle layer is made and forgotten."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(6, 16)
        self.middle = nn.Linear(16, 16)  # finds: unused-module
        self.last = nn.Linear(16, 3)

    def forward(self, x):
        x = torch.relu(self.hidden(x))
        return self.last(x)


torch.manual_seed(151)
y = torch.arange(90) % 3
x = torch.randn(90, 6) + 2 * torch.eye(6)[y]
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(30):
    opt.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    opt.step()
