"""The body is to be frozen, and the name is misspelt."""

import torch
from torch import nn

torch.manual_seed(141)
y = torch.arange(90) % 3
x = torch.randn(90, 6) + 2 * torch.eye(6)[y]
body, head = nn.Sequential(nn.Linear(6, 16), nn.ReLU()), nn.Linear(16, 3)
for p in body.parameters():
    p.require_grad = False  # finds: requires-grad-typo
opt = torch.optim.Adam([*body.parameters(), *head.parameters()], lr=0.01)
for _ in range(20):
    opt.zero_grad()
    nn.functional.cross_entropy(head(body(x)), y).backward()
    opt.step()
