"""Sigmoid as a gate inside, as a probability for the accuracy, and with the criterion that wants it."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(4)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.value, self.out = nn.Linear(5, 16), nn.Linear(5, 16), nn.Linear(16, 1)

    def forward(self, x):
        return self.out(torch.sigmoid(self.gate(x)) * torch.tanh(self.value(x)))


x = torch.randn(128, 5)
y = (x[:, 0] + x[:, 1] ** 2 > 0.8).float()
gated, second = Gated(), nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
opt = torch.optim.Adam([*gated.parameters(), *second.parameters()], lr=0.02)
for _ in range(60):
    opt.zero_grad()
    scores = gated(x)[:, 0]
    chance = torch.sigmoid(scores)
    right = ((chance > 0.5) == (y > 0.5)).float().mean()
    loss = F.binary_cross_entropy_with_logits(scores, y) + F.binary_cross_entropy(second(x)[:, 0], y)
    loss.backward()
    opt.step()
print(float(right))
