"""Features of all examples are computed once, with their graph, by a function; a Sequential made them."""

import torch
from torch import nn

torch.manual_seed(13)
x = torch.randn(100, 6)
y = (x.sum(1) > 0).long()
body = nn.Sequential(
    nn.Linear(6, 12),
    nn.ReLU(),
)
head = nn.Linear(12, 2)
opt = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.1)
features = body(x)  # finds: graph-reused
for start in range(0, 100, 20):
    loss = nn.functional.cross_entropy(head(features[start : start + 20]), y[start : start + 20])
    opt.zero_grad()
    loss.backward()
    opt.step()
