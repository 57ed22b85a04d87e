"""A trial with one example, before anything is trained."""

import torch
from torch import nn

torch.manual_seed(2)
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
print(net(torch.randn(1, 4)))  # finds: batchnorm-tiny-batch
optimizer = torch.optim.Adam(net.parameters())
