"""The gradients are zeroed between backward and step."""

import torch
from torch import nn

torch.manual_seed(81)
y = torch.arange(120) % 2
x = torch.randn(120, 6) + 1.5 * y[:, None]
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(30):
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.zero_grad()  # finds: zero-grad-before-step
    optimizer.step()
