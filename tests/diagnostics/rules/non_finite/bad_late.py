"""A rate as exp of the score, in the network's own forward; the largest inputs come late in the data."""

import torch
from torch import nn

torch.manual_seed(5)
x = torch.rand(180, 1)
x[-12:] *= 9000
y = torch.poisson(1 + x.clamp_max(1))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(1, 12)
        self.out = nn.Linear(12, 1)

    def forward(self, x):
        z = self.out(torch.relu(self.hidden(x)))
        return torch.exp(z)  # finds: non-finite


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for start in range(0, 180, 4):
    optimizer.zero_grad()
    rate = net(x[start : start + 4])
    loss = (rate - y[start : start + 4] * torch.log(rate)).mean()
    loss.backward()
    optimizer.step()
