"""The slopes of torch.autograd.grad are added."""

import torch
from torch import nn

torch.manual_seed(4)
y = torch.arange(120) % 3
x = torch.randn(120, 6) + 2 * torch.eye(6)[y]
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
weights = list(net.parameters())
for _ in range(30):
    loss = nn.functional.cross_entropy(net(x), y)
    slopes = torch.autograd.grad(loss, weights)
    with torch.no_grad():
        for weight, slope in zip(weights, slopes):
            weight.add_(slope, alpha=0.1)  # finds: loss-sign
