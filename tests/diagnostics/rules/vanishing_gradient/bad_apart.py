"""The sigmoids stand on a line of their own: that is the line to mend."""

import torch
from torch import nn

torch.manual_seed(10)
y = torch.arange(128) % 2
x = torch.randn(128, 16) + y[:, None]


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(16, 16)
        self.inner = nn.ModuleList(nn.Linear(16, 16) for _ in range(6))
        self.last = nn.Linear(16, 2)

    def forward(self, x):
        x = self.first(x)
        for layer in self.inner:
            x = torch.sigmoid(x)  # finds: vanishing-gradient
            x = layer(x)
        return self.last(torch.relu(x))


net = Deep()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(25):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
