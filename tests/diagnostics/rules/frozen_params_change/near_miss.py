"""Trained first and frozen then; gradients are gone; a batch norm that is trained itself while the rest is frozen."""

import torch
from torch import nn

torch.manual_seed(173)
y = torch.arange(90) % 3
x = torch.randn(90, 6) + 2 * torch.eye(6)[y]
body, head = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU()), nn.Linear(16, 3)
opt = torch.optim.AdamW([*body.parameters(), *head.parameters()], lr=0.01)
for step in range(20):
    if step == 10:
        body.requires_grad_(False)
    opt.zero_grad()
    nn.functional.cross_entropy(head(body(x)), y).backward()
    opt.step()

net = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
net.requires_grad_(False)
net[1].requires_grad_(True)
net[3].requires_grad_(True)
tune = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1)
for step in range(20):
    tune.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    tune.step()
