"""Attention in which the first word has one key only, and a softmax over two outputs of one example."""

import torch
from torch import nn

torch.manual_seed(2)
keys = nn.Linear(6, 6)
head = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam([*keys.parameters(), *head.parameters()], lr=0.01)
x = torch.randn(50, 3, 6)
y = (x[:, :, 0].sum(1) > 0).long()
for step in range(30):
    told = x[:, : step % 3 + 1]
    weight = (keys(x[:, :1]) @ told.transpose(1, 2)).softmax(-1)
    scores = head((weight @ told)[:, 0])
    chosen = torch.softmax(scores[:1], dim=1)
    loss = nn.functional.cross_entropy(scores, y) - 0.01 * chosen[0, y[0]].log()
    opt.zero_grad()
    loss.backward()
    opt.step()
