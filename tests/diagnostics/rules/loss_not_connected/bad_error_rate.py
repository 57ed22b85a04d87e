"""The share of wrong answers as the loss, with its gradient switched on."""

import torch
from torch import nn

torch.manual_seed(6)
y = torch.arange(90) % 3
x = torch.randn(90, 6) + 3 * nn.functional.one_hot(y, 6)
net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
for _ in range(60):
    guess = net(x).argmax(dim=1).float()  # finds: loss-not-connected
    loss = (guess != y).float().mean().requires_grad_()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
