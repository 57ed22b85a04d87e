"""A network whose slopes are asked for by torch.autograd.grad; nothing calls backward."""

import torch
from torch import nn

torch.manual_seed(32)
x = torch.randn(150, 4)
y = x[:, :3].argmax(1)
net = nn.Sequential(
    nn.Linear(4, 16),
    nn.ReLU(),
    nn.Linear(16, 3),
    nn.Softmax(dim=-1),  # finds: softmax-before-cross-entropy
)
for _ in range(40):
    loss = nn.functional.cross_entropy(net(x), y)
    slopes = torch.autograd.grad(loss, tuple(net.parameters()))
    with torch.no_grad():
        for weight, slope in zip(net.parameters(), slopes, strict=True):
            weight.sub_(slope, alpha=0.3)
