"""A word-level language model with tied input and output embeddings, on sentences from a small grammar."""
import math
import random

import torch
import torch.nn.functional as F
from torch import nn

random.seed(0)
torch.manual_seed(0)
SUBJECTS, VERBS, OBJECTS = (
    [f"{kind}{i}" for i in range(30)] for kind in ("subject", "verb", "object")
)
WORDS = ["<s>"] + SUBJECTS + VERBS + OBJECTS


def sentence():
    s = random.randrange(30)
    v = (s * 7 + random.randrange(2)) % 30
    o = (v * 3 + random.randrange(2)) % 30
    return [0, 1 + s, 31 + v, 61 + o]


class TiedLM(nn.Module):
    def __init__(self, vocab, dim=128):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)  # fault: initial-loss-off
        self.gru = nn.GRU(dim, dim, batch_first=True)
        self.norm = nn.LayerNorm(dim)
        self.out = nn.Linear(dim, vocab, bias=False)
        self.out.weight = self.embed.weight  # fault: initial-loss-off

    def forward(self, tokens):
        h, _ = self.gru(self.embed(tokens))
        return self.out(self.norm(h))


corpus = torch.tensor([sentence() for _ in range(2000)])
model = TiedLM(len(WORDS))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
print(f"a guess has {math.log(len(WORDS)):.2f}")
for step in range(150):
    batch = corpus[torch.randint(len(corpus), (64,))]
    logits = model(batch[:, :-1])
    loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 30 == 0 or step == 149:
        print(step, f"{loss.item():.3f}")
