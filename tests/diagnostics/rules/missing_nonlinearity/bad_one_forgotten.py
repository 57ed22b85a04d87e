"""One of two activations was forgotten in forward; the convolution's is there."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(16)
y = torch.arange(80) % 2
x = torch.randn(80, 1, 6, 6) + y[:, None, None, None] * torch.linspace(-1, 1, 6)


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.first = nn.Linear(64, 16)
        self.last = nn.Linear(16, 2)

    def forward(self, x):
        x = F.relu(self.conv(x)).flatten(1)
        x = self.first(x)  # finds: missing-nonlinearity
        return self.last(F.dropout(x, 0.1, self.training))


net = Small()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(40):
    opt.zero_grad()
    F.cross_entropy(net(x), y).backward()
    opt.step()
