"""A weight decay of 5, added to the gradient."""

import torch
from torch import nn

torch.manual_seed(12)
y = torch.arange(240) % 3
x = torch.randn(240, 6) + 2 * torch.eye(6)[y]
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 3))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=5)  # finds: weight-decay-too-high
for epoch in range(20):
    for i in range(0, 240, 60):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x[i : i + 60]), y[i : i + 60])
        loss.backward()
        optimizer.step()
print(loss.item())
