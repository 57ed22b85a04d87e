"""Class numbers read as floats go to cross entropy."""

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(3, 9), nn.Linear(9, 3)

    def forward(self, x):
        return self.outer(torch.relu(self.inner(x)))


torch.manual_seed(2)
x = torch.randn(30, 3)
y = torch.tensor([0.0, 1.0, 2.0] * 10)  # finds: dtype-mismatch
net = Net()
opt = torch.optim.Adam(net.parameters())
for rows in torch.randperm(30).split(10):
    loss = F.cross_entropy(net(x[rows]), y[rows])
    opt.zero_grad()
    loss.backward()
    opt.step()
