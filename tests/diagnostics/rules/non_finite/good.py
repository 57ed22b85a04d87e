"""The criterion takes the raw scores."""

import torch
from torch import nn

torch.manual_seed(1)
x = torch.randn(80, 3) * 9
y = (x.sum(1) > 0).float()
net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.3)
for _ in range(60):
    scores = net(x).squeeze(1)
    loss = nn.functional.binary_cross_entropy_with_logits(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
