"""relu as a function, in a network whose data lie on one side of zero and whose weights lie on the other."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(2)
x = torch.rand(90, 5)
y = (x[:, 0] > 0.5).float().unsqueeze(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(5, 32)
        self.two = nn.Linear(32, 1)
        self.one.weight.data.uniform_(-0.8, 0.1)

    def forward(self, x):
        h = F.relu(self.one(x))  # finds: dead-relu
        return self.two(h)


def fit():
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(12):
        for a, b in zip(x.split(30), y.split(30), strict=True):
            optimizer.zero_grad()
            F.binary_cross_entropy_with_logits(net(a), b).backward()
            optimizer.step()


fit()
