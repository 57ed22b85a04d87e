"""The features are computed once, before the loop."""

import torch
from torch import nn

torch.manual_seed(2)
y = torch.arange(60) % 3
x = torch.randn(60, 4) + y[:, None]
body, head = nn.Sequential(nn.Linear(4, 12), nn.ReLU()), nn.Linear(12, 3)
opt = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.1)
features = body(torch.nn.functional.normalize(x)).sigmoid()  # finds: graph-reused
for _ in range(10):
    loss = nn.functional.cross_entropy(head(features), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
