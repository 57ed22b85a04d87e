"""Dropout that evaluation does not switch off, after each of two layers."""

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two, self.three = nn.Linear(6, 32), nn.Linear(32, 32), nn.Linear(32, 2)

    def forward(self, x):
        x = F.dropout(F.relu(self.one(x)), 0.5)  # finds: dropout-always-on
        x = F.dropout(F.relu(self.two(x)), 0.5)  # finds: dropout-always-on
        return self.three(x)


torch.manual_seed(0)
x = torch.randn(300, 6)
y = (x[:, 0] > x[:, 1]).long()
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(8):
    net.train()
    for i in range(0, 200, 20):
        loss = F.cross_entropy(net(x[i : i + 20]), y[i : i + 20])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        print(epoch, (net(x[200:]).argmax(1) == y[200:]).float().mean().item())
