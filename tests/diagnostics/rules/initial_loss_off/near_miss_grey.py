"""Grey pictures, whose loss has a floor, and a sum over pixels, asked for as before there was `reduction`."""

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(4)
pictures = torch.rand(96, 30)
net = nn.Sequential(nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 30), nn.Sigmoid())
optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
for _ in range(20):
    optimizer.zero_grad()
    loss = F.binary_cross_entropy(net(pictures), pictures, size_average=False)
    loss.backward()
    optimizer.step()
