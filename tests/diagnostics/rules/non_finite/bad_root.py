"""The distance of two equal outputs: the loss is 0, the slope of its root is not a number."""

import torch
from torch import nn

torch.manual_seed(2)
x = torch.randn(40, 4)
near = x.clone()
far = torch.randn(40, 4)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))


def distance(a, b):
    return torch.sqrt(((a - b) ** 2).sum(1))  # finds: non-finite


def main():
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    for _ in range(15):
        a, p, n = net(x), net(near), net(far)
        loss = torch.relu(distance(a, p) - distance(a, n) + 1.0).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


main()
