"""The mean loss of all steps, of numbers."""

import torch
from torch import nn

torch.manual_seed(101)
y = torch.arange(120) % 3
x = torch.randn(120, 6) + 2 * torch.eye(6)[y]
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
total = 0.0
for step in range(30):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
    total += loss.item()
print(float(total) / 30)
