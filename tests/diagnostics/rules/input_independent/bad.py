"""The forward method works on ones of the input's shape; the class is the user's."""

import torch
from torch import nn

torch.manual_seed(0)
y = torch.arange(96) % 3
x = torch.randn(96, 4) + 2 * torch.eye(3, 4)[y]


class Net(nn.Module):  # finds: overfit-batch-failed
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 16)
        self.outer = nn.Linear(16, 3)

    def forward(self, x):  # finds: input-independent
        h = torch.tanh(self.inner(torch.ones_like(x)))
        return self.outer(h)


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(40):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
