"""The log-likelihood of a normal distribution by hand, less a penalty, is made smaller instead of larger."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(128, 4)
y = x[:, :1] + 0.5 * x[:, 1:2]
model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def objective(mean, target):
    log_likelihood = -0.5 * (mean - target) ** 2 - 0.92
    return log_likelihood.mean() - 1e-3 * mean.abs().mean()  # finds: loss-sign


for epoch in range(60):
    loss = objective(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
