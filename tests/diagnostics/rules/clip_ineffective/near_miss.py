"""The norm is read with an infinite limit; accumulation; a closure; two networks clipped in turn; unscaled first."""

from math import inf

import torch
from torch import nn

torch.manual_seed(123)
x = torch.randn(120, 4)
y = x[:, :1].sin()
make = lambda: nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 1))  # noqa: E731
net, other = make(), make()
opt, opt_other = torch.optim.Adam(net.parameters(), lr=0.01), torch.optim.LBFGS(other.parameters(), max_iter=3)
scaler = torch.amp.GradScaler("cpu")


def closure():
    opt_other.zero_grad()
    loss = nn.functional.mse_loss(other(x), y)
    loss.backward()
    nn.utils.clip_grad_norm_(other.parameters(), 1.0)
    return loss


for step in range(24):
    scaler.scale(nn.functional.mse_loss(net(x), y) / 2).backward()
    if step % 2:
        scaler.unscale_(opt)
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        scaler.step(opt)
        scaler.update()
        print(nn.utils.clip_grad_norm_(net.parameters(), max_norm=inf))
        opt.zero_grad()
        opt_other.step(closure)
