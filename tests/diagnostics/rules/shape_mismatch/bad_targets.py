"""One label too few."""

import torch
from torch import nn

torch.manual_seed(27)
net = nn.Linear(5, 2)
criterion = nn.CrossEntropyLoss()
loss = criterion(net(torch.randn(20, 5)), torch.arange(19) % 2)  # finds: shape-mismatch
loss.backward()
