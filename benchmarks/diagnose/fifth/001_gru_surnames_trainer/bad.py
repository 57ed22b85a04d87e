"""Which language does a word come from? A GRU over made-up words of three 'languages'."""
import random
import string

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

LETTERS = string.ascii_lowercase
ENDINGS = {0: ["ski", "wicz", "czyk"], 1: ["son", "sen", "gaard"], 2: ["ini", "ello", "acci"]}


def make_words(n):
    rng = random.Random(3)
    words = []
    for _ in range(n):
        lang = rng.randrange(3)
        stem = "".join(rng.choice(LETTERS) for _ in range(rng.randint(2, 5)))
        words.append((stem + rng.choice(ENDINGS[lang]), lang))
    return words


def collate(batch):
    ids = [torch.tensor([LETTERS.index(c) + 1 for c in reversed(word)]) for word, _ in batch]
    return pad_sequence(ids, batch_first=True), torch.tensor([lang for _, lang in batch])


class SurnameNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(LETTERS) + 1, 16, padding_idx=0)
        self.gru = nn.GRU(16, 32, batch_first=True)
        self.out = nn.Linear(32, 3)

    def forward(self, x):
        states, _ = self.gru(self.embed(x))
        return self.out(states.mean(dim=1))


class Trainer:
    def __init__(self, model, loader, lr=5e-3):
        self.model, self.loader = model, loader
        self.opt = torch.optim.Adam(model.parameters(), lr=lr)
        self.loss = nn.CrossEntropyLoss()

    def fit(self, epochs):
        for epoch in range(epochs):
            self.opt.zero_grad()
            hits = 0
            for x, y in self.loader:
                hits += self.step(x, y)
            print(epoch, hits / len(self.loader.dataset))

    def step(self, x, y):
        logits = self.model(x)
        loss = self.loss(logits, y)
        loss.backward()  # fault: missing-zero-grad
        self.opt.step()  # fault: missing-zero-grad
        return (logits.argmax(1) == y).sum().item()


torch.manual_seed(0)
loader = DataLoader(make_words(900), batch_size=30, shuffle=True, collate_fn=collate)
Trainer(SurnameNet(), loader).fit(6)
