"""An absolute error, written by hand, of values around zero; the network ends in a sigmoid."""

import torch
from torch import nn

torch.manual_seed(47)
x = torch.randn(200, 5)
y = torch.stack([x[:, 0] * 2, x[:, 1] - x[:, 2]], dim=1)
net = nn.Sequential(
    nn.Linear(5, 32),
    nn.ReLU(),
    nn.Linear(32, 2),
    nn.Sigmoid(),  # finds: output-range
)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(60):
    loss = (y - net(x)).abs().sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
