"""Softmax over dimension 0 on purpose: pairs compared both ways, time first, one bag of instances, segmentation."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(3)
left, right = torch.randn(24, 6), torch.randn(24, 6)
one, two = nn.Linear(6, 8), nn.Linear(6, 8)
times = torch.randn(9, 16, 5)
labels = torch.arange(16) % 2
score, head = nn.Linear(5, 1), nn.Linear(5, 2)
bag, judge = nn.Linear(6, 1), nn.Linear(6, 2)
image = torch.randn(4, 2, 5, 5)
conv = nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 1), nn.LogSoftmax(dim=1))
models = nn.ModuleList([one, two, score, head, bag, judge, conv])
opt = torch.optim.Adam(models.parameters(), lr=0.01)
for _ in range(20):
    opt.zero_grad()
    table = F.normalize(one(left), dim=1) @ F.normalize(two(right), dim=1).T / 0.2
    pairs = -(F.log_softmax(table, dim=0).diagonal() + F.log_softmax(table, dim=1).diagonal()).mean()
    pairs.backward()
    attention = torch.softmax(score(times), dim=0)
    F.cross_entropy(head((attention * times).sum(0)), labels).backward()
    weight = torch.softmax(bag(left), dim=0)
    F.cross_entropy(judge((weight * left).sum(0, keepdim=True)), torch.tensor([1])).backward()
    F.nll_loss(conv(image), (image[:, 0] > 0).long()).backward()
    opt.step()
