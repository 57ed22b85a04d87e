"""Padding marked with ignore_index, one-based labels with an unused class 0, and an IndexError that is caught."""

import torch
from torch import nn

torch.manual_seed(3)
words = torch.randint(1, 9, (32, 6))
tags = (words > 4).long() + 1
tags[:, 4:] = -100
tagger = nn.Sequential(nn.Embedding(9, 8), nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(tagger.parameters(), lr=0.02)
try:
    nn.functional.cross_entropy(torch.zeros(2, 3), torch.tensor([1, 3]))
except IndexError as error:
    print(error)
for _ in range(30):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(tagger(words).flatten(0, 1), tags.flatten())
    loss.backward()
    opt.step()
