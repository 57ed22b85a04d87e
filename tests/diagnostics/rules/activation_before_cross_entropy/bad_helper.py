"""One helper makes the hidden layers and the last one."""

import torch
from torch import nn

torch.manual_seed(11)
y = torch.arange(120) % 3
x = torch.randn(120, 5) + 2 * nn.functional.one_hot(y, 5)


def block(size, more):
    return nn.Sequential(nn.Linear(size, more), nn.ReLU())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = block(5, 24)
        self.head = block(24, 3)  # finds: activation-before-cross-entropy

    def forward(self, x):
        return self.head(self.body(x))


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(40):
    loss = nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
