"""Frozen in the middle of training: the last gradient is left behind, and the optimizer goes on using it."""

import torch
from torch import nn

torch.manual_seed(172)
y = torch.arange(90) % 3
x = torch.randn(90, 6) + 2 * torch.eye(6)[y]
body, head = nn.Sequential(nn.Linear(6, 16), nn.ReLU()), nn.Linear(16, 3)
opt = torch.optim.Adam([*body.parameters(), *head.parameters()], lr=0.01)
for step in range(20):
    if step == 5:
        body.requires_grad_(False)
    head.zero_grad()
    if step < 5:
        body.zero_grad()
    nn.functional.cross_entropy(head(body(x)), y).backward()
    opt.step()  # finds: frozen-params-change
