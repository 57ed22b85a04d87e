"""A frozen body that was trained before, and a new head; evaluated without gradients, early stopping."""
import copy

import torch
from torch import nn

torch.manual_seed(6)
y = torch.arange(150) % 3
x = torch.randn(150, 6) + 1.5 * torch.eye(6)[y] * 2
body = nn.Sequential(nn.Linear(6, 20), nn.ReLU())
head = nn.Linear(20, 3)
first = torch.optim.Adam([*body.parameters(), *head.parameters()], lr=0.01)
for _ in range(30):
    first.zero_grad()
    nn.functional.cross_entropy(head(body(x)), y).backward()
    first.step()
for p in body.parameters():
    p.requires_grad_(False)
new = nn.Linear(20, 3)
second = torch.optim.SGD(new.parameters(), lr=0.1)
best, kept, patience = float("inf"), None, 0
for epoch in range(60):
    second.zero_grad(set_to_none=False)
    nn.functional.cross_entropy(new(body(x[:100])), y[:100]).backward()
    second.step()
    with torch.inference_mode():
        loss = nn.functional.cross_entropy(new(body(x[100:])), y[100:]).item()
    patience = 0 if loss < best else patience + 1
    if loss < best:
        best, kept = loss, copy.deepcopy(new.state_dict())
    if patience > 5:
        break
