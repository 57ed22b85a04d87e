"""Activations after the hidden layer only."""

import torch
from torch import nn

torch.manual_seed(8)
y = torch.arange(150) % 3
x = torch.randn(150, 7) + 1.2 * y[:, None]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(7, 14)
        self.out = nn.Linear(14, 3)

    def forward(self, x):
        x = torch.relu(self.hidden(x))
        return self.out(x)


net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for epoch in range(50):
    optimizer.zero_grad()
    criterion(net(x), y).backward()
    optimizer.step()
