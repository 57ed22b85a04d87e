"""Multilabel tagging: each of 5 tags depends on a random half-space."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(31)
planes = torch.randn(12, 5)
x = torch.randn(800, 12)
tags = (x @ planes + 0.3 * torch.randn(800, 5) > 0).float()


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(12, 32)
        self.out = nn.Linear(32, 5)

    def forward(self, v):
        return self.out(F.relu(self.inp(v)))


tagger = Tagger()
opt = torch.optim.RMSprop(tagger.parameters(), lr=2e-3)
for epoch in range(12):
    tot = 0.0
    for ids in torch.randperm(800).split(50):
        logits = tagger(x[ids])
        loss = F.binary_cross_entropy_with_logits(logits.sigmoid(), tags[ids])  # fault: sigmoid-before-bce-logits
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item()
    print(f"epoch {epoch:02d} bce {tot / 16:.4f}")
with torch.no_grad():
    print("tag accuracy", ((tagger(x) > 0).float() == tags).float().mean().item())
