"""A mixture of experts on a piecewise function."""
import torch
from torch import nn


class Mixture(nn.Module):
    def __init__(self, experts=4, hidden=16):
        super().__init__()
        self.gate = nn.Linear(1, experts)
        self.experts = [  # fault: unregistered-submodule
            nn.Sequential(nn.Linear(1, hidden), nn.Tanh(), nn.Linear(hidden, 1)) for _ in range(experts)  # fault: unregistered-submodule
        ]

    def forward(self, x):
        weight = self.gate(x).softmax(dim=-1)
        answer = torch.cat([expert(x) for expert in self.experts], dim=-1)
        return (weight * answer).sum(-1, keepdim=True)


torch.manual_seed(0)
x = torch.rand(800, 1) * 6 - 3
y = torch.where(x < -1, x + 2, torch.where(x < 1, -2 * x, torch.sin(4 * x))) + 0.05 * torch.randn_like(x)
model = Mixture()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(300):
    idx = torch.randint(0, 800, (100,))
    loss = nn.functional.mse_loss(model(x[idx]), y[idx])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 60 == 0:
        print(step, loss.item())
