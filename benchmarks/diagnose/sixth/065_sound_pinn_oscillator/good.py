"""A physics-informed network for x'' = -x: derivatives with respect to the input, one batch of points each step."""
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)


def derivative(value, t):
    return torch.autograd.grad(value.sum(), t, create_graph=True)[0]


def residual(t):
    t = t.clone().requires_grad_(True)
    x = net(t)
    return derivative(derivative(x, t), t) + x


def start():
    t = torch.zeros(1, 1, requires_grad=True)
    x = net(t)
    return (x - 1).pow(2).sum() + derivative(x, t).pow(2).sum()


for step in range(300):
    loss = residual(3 * torch.rand(64, 1)).pow(2).mean() + start()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 60 == 59:
        with torch.no_grad():
            t = torch.linspace(0, 3, 50)[:, None]
            off = (net(t) - t.cos()).abs().max().item()
        print(f"step {step + 1}: loss {loss.item():.5f}, farthest from the solution {off:.4f}")
