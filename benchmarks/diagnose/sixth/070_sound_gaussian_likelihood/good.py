"""Two outputs, mean and deviation: the negative log-likelihood may fall below zero, and it should."""
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.rand(1500, 1) * 2 - 1
y = 0.5 * torch.sin(4 * x) + torch.randn(1500, 1) * (0.02 + 0.05 * x.abs())


class Heteroscedastic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(1, 48), nn.SiLU(), nn.Linear(48, 48), nn.SiLU())
        self.mean, self.spread = nn.Linear(48, 1), nn.Linear(48, 1)

    def forward(self, x):
        h = self.body(x)
        return self.mean(h), nn.functional.softplus(self.spread(h)) + 1e-3


def likelihood(mean, deviation, y):
    return -0.5 * ((y - mean) / deviation) ** 2 - deviation.log() - 0.5 * math.log(2 * math.pi)


model = Heteroscedastic()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
loader = DataLoader(TensorDataset(x, y), batch_size=75, shuffle=True)
for epoch in range(12):
    for xb, yb in loader:
        loss = -likelihood(*model(xb), yb).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch}: {loss.item():.3f}")
