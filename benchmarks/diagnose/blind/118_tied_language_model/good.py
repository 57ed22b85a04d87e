"""A causal transformer whose output layer shares the embedding's weights."""
import math

import torch
from torch import nn


class TiedLM(nn.Module):
    def __init__(self, vocab=11, d=32, length=12):
        super().__init__()
        self.emb = nn.Embedding(vocab, d)
        nn.init.normal_(self.emb.weight, std=d ** -0.5)
        self.pos = nn.Parameter(torch.randn(length, d) * 0.02)
        self.block = nn.TransformerEncoderLayer(d, 4, 64, dropout=0.0, batch_first=True, norm_first=True)
        self.norm = nn.LayerNorm(d)
        self.out = nn.Linear(d, vocab, bias=False)
        self.out.weight = self.emb.weight
        self.scale = math.sqrt(d)

    def forward(self, ids):
        t = ids.shape[1]
        mask = torch.triu(torch.full((t, t), float("-inf")), 1)
        h = self.block(self.emb(ids) * self.scale + self.pos[:t], src_mask=mask)
        return self.out(self.norm(h))


def sequences(n):
    start = torch.randint(0, 11, (n, 1))
    step = torch.randint(1, 5, (n, 1))
    return (start + step * torch.arange(13)) % 11


torch.manual_seed(17)
lm = TiedLM()
opt = torch.optim.AdamW(lm.parameters(), lr=3e-3)
for step in range(200):
    s = sequences(48)
    logits = lm(s[:, :-1])
    loss = nn.functional.cross_entropy(logits.reshape(-1, 11), s[:, 1:].reshape(-1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 40 == 39:
        print(step + 1, loss.item(), (logits[:, 2:].argmax(-1) == s[:, 3:]).float().mean().item())
