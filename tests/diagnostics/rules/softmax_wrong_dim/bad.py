"""log_softmax over dimension 0: the examples of a batch compete."""

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.out = nn.Linear(5, 16), nn.Linear(16, 3)

    def forward(self, x):
        x = torch.relu(self.inner(x))
        return F.log_softmax(self.out(x), dim=0)  # finds: softmax-wrong-dim, batch-dim-mixing


torch.manual_seed(0)
y = torch.arange(120) % 3
x = torch.randn(120, 5) + 2 * F.one_hot(y, 5)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(10):
    for rows in torch.randperm(120).split(40):
        opt.zero_grad()
        loss = F.nll_loss(net(x[rows]), y[rows])
        loss.backward()
        opt.step()
