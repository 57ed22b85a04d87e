"""Cross-entropy by hand: a saturated sigmoid is exactly 1, and the log of 1 - 1 is -inf."""

import torch
from torch import nn

torch.manual_seed(1)
x = torch.randn(80, 3) * 9
y = (x.sum(1) > 0).float()
net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.3)
for _ in range(60):
    p = torch.sigmoid(net(x).squeeze(1))
    loss = -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()  # finds: non-finite
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
