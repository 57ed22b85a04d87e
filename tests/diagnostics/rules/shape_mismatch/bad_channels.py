"""A convolution for colour images gets grey ones."""

import torch
from torch import nn

torch.manual_seed(28)
net = nn.Sequential(
    nn.Conv2d(3, 8, 3),  # finds: shape-mismatch
    nn.ReLU(),
)
net(torch.randn(4, 1, 10, 10)).sum().backward()
