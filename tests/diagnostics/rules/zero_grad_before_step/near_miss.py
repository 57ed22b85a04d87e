"""Zeroed after the step; a second optimizer whose network gets no gradient; a scaler that skips a step."""

import torch
from torch import nn

torch.manual_seed(83)
y = torch.arange(120) % 2
x = torch.randn(120, 6) + 1.5 * y[:, None]
make = lambda: nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2))  # noqa: E731
one, two = make(), make()
of_one, of_two = torch.optim.SGD(one.parameters(), lr=0.05), torch.optim.SGD(two.parameters(), lr=0.05)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**100, growth_interval=5)
for epoch in range(40):
    of_one.zero_grad()
    of_two.zero_grad()
    loss = nn.functional.cross_entropy(one(x), y)
    if epoch > 20:
        loss = loss + nn.functional.cross_entropy(two(x), y)
    loss.backward()
    of_one.step()
    of_two.step()
    of_one.zero_grad(set_to_none=False)

third = make()
of_third = torch.optim.SGD(third.parameters(), lr=0.05)
for epoch in range(20):
    scaler.scale(nn.functional.cross_entropy(third(x), y)).backward()
    scaler.step(of_third)
    scaler.update()
    of_third.zero_grad()
