"""AdamW at a decay of 1, which is not added to the gradient."""

import torch
from torch import nn

torch.manual_seed(12)
y = torch.arange(240) % 3
x = torch.randn(240, 6) + 2 * torch.eye(6)[y]
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 3))
optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=1.0)
for _ in range(80):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
