"""Logistic regression, softmax regression and one unit between: nothing to break."""

import torch
from torch import nn

torch.manual_seed(5)
x = torch.randn(80, 3)
y = (x[:, 0] - x[:, 1] > 0).long()
w = torch.zeros(3, 2, requires_grad=True)
b = torch.zeros(2, requires_grad=True)
optimizer = torch.optim.SGD([w, b], lr=0.5)
for _ in range(30):
    loss = nn.functional.cross_entropy(x @ w + b, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

net = nn.Linear(3, 2)
nn.init.zeros_(net.weight)
second = torch.optim.SGD(net.parameters(), lr=0.5)
for _ in range(30):
    second.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    second.step()
