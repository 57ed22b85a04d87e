"""Heat equation by a physics-informed net: derivatives of the output with respect to the input."""
import math

import torch
from torch import nn

torch.manual_seed(26)
net = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)


def derivative(u, v):
    return torch.autograd.grad(u.sum(), v, create_graph=True)[0]


for step in range(250):
    x = torch.rand(128, 1, requires_grad=True)
    t = torch.rand(128, 1, requires_grad=True)
    u = net(torch.cat([x, t], 1))
    residual = derivative(u, t) - 0.1 * derivative(derivative(u, x), x)
    x0 = torch.rand(64, 1)
    start = net(torch.cat([x0, torch.zeros_like(x0)], 1)) - torch.sin(math.pi * x0)
    tb = torch.rand(64, 1)
    walls = net(torch.cat([(torch.rand(64, 1) < 0.5).float(), tb], 1))
    loss = residual.pow(2).mean() + 5 * start.pow(2).mean() + 5 * walls.pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 50 == 49:
        print(step + 1, loss.item())
