"""Mean and variance of a noisy curve, with the negative log-likelihood written out."""
import torch
from torch import nn


class MeanVariance(nn.Module):
    def __init__(self, width=40):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(1, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh())
        self.mean = nn.Linear(width, 1)
        self.log_var = nn.Linear(width, 1)

    def forward(self, x):
        h = self.trunk(x)
        return self.mean(h), self.log_var(h)


def nll(mean, log_var, y):
    return (0.5 * (log_var + (y - mean) ** 2 / log_var.exp())).mean()


torch.manual_seed(21)
x = torch.rand(1500, 1) * 6 - 3
y = torch.sin(2 * x) + 0.1 * (1 + x.abs()) * torch.randn(1500, 1)
net = MeanVariance()
optim = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(12):
    total = 0.0
    for rows in torch.randperm(1500).split(75):
        mean, log_var = net(x[rows])
        loss = nll(mean, log_var, y[rows])
        optim.zero_grad()
        loss.backward()
        optim.step()
        total += loss.item() * len(rows)
    print(epoch, total / 1500)
grid = torch.linspace(-3, 3, 7).unsqueeze(1)
print(net(grid)[0].flatten().tolist())
