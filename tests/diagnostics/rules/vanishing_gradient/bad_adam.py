"""Adam moves every layer, and the loss falls, but only from a bad beginning to that of a guess."""

import torch
from torch import nn

torch.manual_seed(12)
y = torch.arange(300) % 5
x = torch.randn(300, 20) + y[:, None] / 2
layers = [nn.Linear(20, 24)]
for _ in range(9):
    layers += [nn.Sigmoid()]  # finds: vanishing-gradient
    layers += [nn.Linear(24, 24)]
net = nn.Sequential(*layers, nn.Sigmoid(), nn.Linear(24, 5))
for layer in net:
    if isinstance(layer, nn.Linear):
        nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
for _ in range(20):
    for rows in torch.randperm(300).split(60):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])  # finds: constant-prediction
        loss.backward()
        optimizer.step()
