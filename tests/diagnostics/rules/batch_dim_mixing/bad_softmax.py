"""A softmax over the examples."""

import torch
from torch import nn

torch.manual_seed(1)
x = torch.randn(64, 6)
y = torch.rand(64, 3)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(6, 16)
        self.out = nn.Linear(16, 3)

    def forward(self, x):
        h = torch.relu(self.hidden(x))
        return torch.softmax(self.out(h), dim=0)  # finds: batch-dim-mixing, softmax-wrong-dim


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(20):
    loss = nn.functional.mse_loss(net(x), y / y.sum(1, keepdim=True))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
