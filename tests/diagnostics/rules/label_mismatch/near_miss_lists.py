"""Two lists that have nothing to do with one another are shuffled: the order of the epochs, and that of the names."""

import random

import torch
from torch import nn

random.seed(4)
torch.manual_seed(4)
rates, names = [], []
for number in range(30):
    rates.append(0.01 / (1 + number % 3))
for number in range(30):
    names.append(f"epoch {number}")
random.shuffle(rates)
random.shuffle(names)

y = torch.arange(120) % 2
x = torch.randn(120, 2) + 3.0 * y.unsqueeze(1)
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(net.parameters())
for rate, name in zip(rates, names):
    optimizer.param_groups[0]["lr"] = rate
    loss = nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(name, loss.item())
