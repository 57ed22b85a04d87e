"""Sentiment of made-up reviews: an EmbeddingBag, offsets from a collate function."""
import random

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

GOOD = ["great", "lovely", "fast", "clean", "bright"]
BAD = ["awful", "slow", "broken", "dull", "dirty"]
MEH = ["okay", "usual", "plain", "average", "fine"]
FILL = ["the", "a", "phone", "room", "was", "is", "very", "and", "it", "my"]
VOCAB = {w: i for i, w in enumerate(GOOD + BAD + MEH + FILL)}


class Reviews(Dataset):
    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.rows = []
        for _ in range(n):
            label = rng.randrange(3)
            words = rng.choices(FILL, k=rng.randint(4, 9)) + rng.choices((BAD, MEH, GOOD)[label], k=2)
            rng.shuffle(words)
            self.rows.append(([VOCAB[w] for w in words], label))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i]


def collate(rows):
    tokens = torch.tensor([t for words, _ in rows for t in words])
    offsets = torch.tensor([0] + [len(words) for words, _ in rows[:-1]]).cumsum(0)
    return tokens, offsets, torch.tensor([label for _, label in rows])


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(len(VOCAB), 16, mode="mean")
        self.fc = nn.Linear(16, 3)

    def forward(self, tokens, offsets):
        return self.fc(self.bag(tokens, offsets))

    def predict_proba(self, tokens, offsets):
        return self.forward(tokens, offsets).softmax(-1)


def main():
    torch.manual_seed(1)
    model = Bag()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    train = DataLoader(Reviews(1600, 0), batch_size=32, shuffle=True, collate_fn=collate)
    test = DataLoader(Reviews(400, 1), batch_size=100, collate_fn=collate)
    for epoch in range(3):
        for tokens, offsets, labels in train:
            optimizer.zero_grad()
            probs = model.predict_proba(tokens, offsets)  # fault: softmax-before-cross-entropy
            loss = F.cross_entropy(probs, labels)  # fault: softmax-before-cross-entropy
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            hits = sum((model.predict_proba(t, o).argmax(1) == y).sum().item() for t, o, y in test)
        print(epoch, f"loss {loss.item():.3f} accuracy {hits / 400:.3f}")


main()
