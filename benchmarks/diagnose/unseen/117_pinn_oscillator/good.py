"""u'' + u = 0, u(0) = 1, u'(0) = 0: the network is trained on the equation alone."""
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)


def d(y, x):
    return torch.autograd.grad(y, x, torch.ones_like(y), create_graph=True)[0]


t0 = torch.zeros(1, 1, requires_grad=True)
for step in range(400):
    t = (torch.rand(64, 1) * 3).requires_grad_(True)
    u = net(t)
    residual = d(d(u, t), t) + u
    u0 = net(t0)
    loss = residual.pow(2).mean() + (u0 - 1).pow(2).mean() + d(u0, t0).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 80 == 79:
        with torch.no_grad():
            grid = torch.linspace(0, 3, 50)[:, None]
            print(step + 1, loss.item(), "error", (net(grid) - grid.cos()).abs().max().item())
