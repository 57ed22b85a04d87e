"""The loss is made a new tensor; backward says that it has no gradient."""

import torch
from torch import nn

torch.manual_seed(2)
x, y = torch.randn(40, 3), torch.randn(40, 1)
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    loss = torch.tensor(nn.functional.mse_loss(net(x), y).item())  # finds: loss-not-connected
    opt.zero_grad()
    loss.backward()
    opt.step()
