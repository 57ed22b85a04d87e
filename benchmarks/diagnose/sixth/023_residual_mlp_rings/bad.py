"""Rings inside one another: a residual MLP with normalization, as in tabular papers."""
import torch
from torch import nn

torch.manual_seed(0)


def rings(n, k=3):
    y = torch.randint(k, (n,))
    angle = torch.rand(n) * 2 * torch.pi
    radius = 1 + y + 0.2 * torch.randn(n)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], 1) / 2, y


class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.inner = nn.Linear(dim, 2 * dim)  # fault: missing-nonlinearity
        self.norm = nn.BatchNorm1d(2 * dim)
        self.outer = nn.Linear(2 * dim, dim)  # fault: missing-nonlinearity

    def forward(self, x):
        return x + self.outer(self.norm(self.inner(x)))  # fault: missing-nonlinearity


class ResidualMLP(nn.Module):
    def __init__(self, dim=24, depth=2):
        super().__init__()
        self.stem = nn.Linear(2, dim)
        self.blocks = nn.Sequential(*[ResidualBlock(dim) for _ in range(depth)])
        self.head = nn.Linear(dim, 3)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))


x, y = rings(1200)
x_test, y_test = rings(400)
net = ResidualMLP()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(8):
    net.train()
    for idx in torch.randperm(1200).split(60):
        loss = nn.functional.cross_entropy(net(x[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        acc = (net(x_test).argmax(1) == y_test).float().mean().item()
    print(f"epoch {epoch}: loss {loss.item():.3f}, test accuracy {acc:.3f}")
