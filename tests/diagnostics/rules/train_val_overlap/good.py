"""The examples are split once; training and test accuracy from one function."""

import torch
from torch import nn

torch.manual_seed(0)
y = torch.arange(200) % 4
x = torch.randn(200, 4) + 2 * torch.eye(4)[y]
x_train, y_train = x[:150], y[:150]
x_test, y_test = x[150:], y[150:]

net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 4))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)


@torch.no_grad()
def accuracy(x, y):
    return (net(x).argmax(1) == y).float().mean().item()


for epoch in range(5):
    for part in torch.randperm(150).split(25):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x_train[part]), y_train[part]).backward()
        optimizer.step()
    print(epoch, accuracy(x_train, y_train))
    print(epoch, accuracy(x_test, y_test))
