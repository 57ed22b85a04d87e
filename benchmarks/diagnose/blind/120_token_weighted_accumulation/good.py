"""Accumulation over batches of unequal length: sums of the loss, divided by all tokens at once."""
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

torch.manual_seed(19)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(21, 16, padding_idx=0)
        self.rnn = nn.GRU(16, 24, batch_first=True, bidirectional=True)
        self.out = nn.Linear(48, 3)

    def forward(self, ids):
        return self.out(self.rnn(self.emb(ids))[0])


def micro_batch():
    rows = [torch.randint(1, 21, (int(torch.randint(3, 15, ())),)) for _ in range(12)]
    tags = []
    for r in rows:
        previous = torch.cat([torch.zeros(1, dtype=torch.long), r[:-1]])
        tags.append((r + previous) % 3)
    return pad_sequence(rows, batch_first=True), pad_sequence(tags, batch_first=True, padding_value=-100)


model = Tagger()
opt = torch.optim.Adam(model.parameters(), lr=8e-3)
for update in range(150):
    batches = [micro_batch() for _ in range(3)]
    tokens = sum(int((t != -100).sum()) for _, t in batches)
    opt.zero_grad()
    total = 0.0
    for ids, tags in batches:
        loss = nn.functional.cross_entropy(model(ids).transpose(1, 2), tags, reduction="sum") / tokens
        loss.backward()
        total += loss.item()
    opt.step()
    if update % 30 == 29:
        print(update + 1, total)
