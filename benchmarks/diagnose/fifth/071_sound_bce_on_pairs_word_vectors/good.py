"""Skip-gram with negative sampling; the score is a dot product, there is no layer at the end."""
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
V, groups = 40, 8
words = torch.arange(V)


def draw(n):
    centre = torch.randint(0, V, (n,))
    positive = (centre // (V // groups)) * (V // groups) + torch.randint(0, V // groups, (n,))
    negative = torch.randint(0, V, (n, 4))
    return centre, positive, negative


class SkipGram(nn.Module):
    def __init__(self, dim=12):
        super().__init__()
        self.inner = nn.Embedding(V, dim)
        self.outer = nn.Embedding(V, dim)
        nn.init.normal_(self.inner.weight, std=0.3)
        nn.init.zeros_(self.outer.weight)

    def forward(self, c, p, n):
        v = self.inner(c)
        good = (v * self.outer(p)).sum(-1)
        bad = torch.einsum("bd,bkd->bk", v, self.outer(n))
        return -(F.logsigmoid(good) + F.logsigmoid(-bad).sum(-1)).mean()


model = SkipGram()
opt = torch.optim.Adam(model.parameters(), lr=0.03)
for step in range(200):
    loss = model(*draw(128))
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 50 == 0:
        print(step, loss.item())
