"""Word vectors by skip-gram with negative sampling."""
import random

import torch
import torch.nn as nn
import torch.nn.functional as F

sentences = [s.split() for s in (
    "the king rules the land", "the queen rules the land", "a dog chases a cat", "a cat chases a mouse",
    "the king loves the queen", "a mouse eats cheese", "the dog eats meat", "the queen loves the king",
)] * 20
vocab = sorted({w for s in sentences for w in s})
index = {w: i for i, w in enumerate(vocab)}
pairs = [(index[s[i]], index[s[j]]) for s in sentences for i in range(len(s))
         for j in range(max(0, i - 2), min(len(s), i + 3)) if i != j]


class SkipGram(nn.Module):
    def __init__(self, n, dim=12):
        super().__init__()
        self.centre = nn.Embedding(n, dim)
        self.context = nn.Embedding(n, dim)

    def forward(self, c, pos, neg):
        v = self.centre(c)
        good = (v * self.context(pos)).sum(1)
        bad = torch.bmm(self.context(neg), v.unsqueeze(2)).squeeze(2)
        return -(F.logsigmoid(good) + F.logsigmoid(-bad).sum(1)).mean()


random.seed(0)
torch.manual_seed(0)
model = SkipGram(len(vocab))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for step in range(220):
    batch = random.sample(pairs, 64)
    c, pos = torch.tensor(batch).T
    loss = model(c, pos, torch.randint(0, len(vocab), (64, 4)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 50 == 0:
        print(step, loss.item())
