"""The functional dropout is told the mode."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
y = torch.arange(120) % 3
x = torch.randn(120, 5) + 2 * torch.eye(3, 5)[y]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(5, 24)
        self.outer = nn.Linear(24, 3)

    def forward(self, x):
        x = F.dropout(F.relu(self.inner(x)), 0.4, training=self.training)
        return self.outer(x)


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(40):
    net.train()
    optimizer.zero_grad()
    F.cross_entropy(net(x[:90]), y[:90]).backward()
    optimizer.step()
net.eval()
with torch.no_grad():
    print((net(x[90:]).argmax(1) == y[90:]).float().mean())
