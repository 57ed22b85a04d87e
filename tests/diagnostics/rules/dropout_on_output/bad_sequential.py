"""A dropout at the end of a Sequential, under a sigmoid and a binary cross entropy."""

import torch
from torch import nn

torch.manual_seed(5)
x = torch.randn(200, 4)
y = (x[:, :2] > 0).float()
net = nn.Sequential(
    nn.Linear(4, 32),
    nn.ReLU(),
    nn.Linear(32, 2),
    nn.Dropout(0.3),  # finds: dropout-on-output
    nn.Sigmoid(),
)
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for _ in range(60):
    optimizer.zero_grad()
    loss = nn.functional.binary_cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
