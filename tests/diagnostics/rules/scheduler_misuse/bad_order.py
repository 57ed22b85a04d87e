"""The scheduler's step comes first in the epoch; a second one is made and forgotten."""

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR


def epochs(net, opt, plan, x, y):
    for epoch in range(20):
        plan.step()  # finds: scheduler-misuse
        opt.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        opt.step()


torch.manual_seed(112)
x = torch.randn(80, 4)
y = x[:, :1].sin()
net = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.02)
epochs(net, opt, ExponentialLR(opt, 0.98), x, y)

again = torch.optim.Adam(net.parameters(), lr=0.01)
slower = CosineAnnealingLR(again, T_max=20)  # finds: scheduler-misuse
for epoch in range(20):
    again.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    again.step()
print(slower.get_last_lr())
