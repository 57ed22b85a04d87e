"""Sentiment of made-up reviews with a GRU that reads in both directions."""
import random

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

GOOD, BAD, REST = range(1, 11), range(11, 21), range(21, 60)


def review(rng):
    label = rng.randrange(2)
    telling = GOOD if label else BAD
    words = [rng.choice(telling if rng.random() < 0.3 else REST) for _ in range(rng.randint(6, 20))]
    return torch.tensor(words), label


def collate(batch):
    texts, labels = zip(*batch)
    lengths = torch.tensor([len(t) for t in texts])
    return pad_sequence(texts, batch_first=True), lengths, torch.tensor(labels, dtype=torch.float32)


class Sentiment(nn.Module):
    def __init__(self, dim=24, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(60, dim, padding_idx=0)
        self.gru = nn.GRU(dim, hidden, bidirectional=True, batch_first=True)
        self.classify = nn.Linear(2 * hidden, 1)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.embed(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, last = self.gru(packed)
        return self.classify(torch.cat([last[0], last[1]], dim=1)).squeeze(1)


rng = random.Random(0)
torch.manual_seed(0)
loader = DataLoader([review(rng) for _ in range(800)], batch_size=40, shuffle=True, collate_fn=collate)
model = Sentiment()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(4):
    total = 0.0
    for tokens, lengths, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(tokens, lengths), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch}: {total / len(loader):.4f}")
