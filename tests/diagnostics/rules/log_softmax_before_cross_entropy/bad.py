"""forward ends in a log_softmax, and the loss is cross_entropy."""

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.out = nn.Linear(5, 16), nn.Linear(16, 3)

    def forward(self, x):
        x = torch.relu(self.inner(x))
        return F.log_softmax(self.out(x), dim=1)  # finds: log-softmax-before-cross-entropy


torch.manual_seed(0)
y = torch.arange(120) % 3
x = torch.randn(120, 5) + 2 * F.one_hot(y, 5)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(30):
    opt.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
