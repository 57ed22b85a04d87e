"""Word vectors that should stay as they are; the misspelt name is set in __init__, below self."""

import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, vectors):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors, freeze=False)
        self.embedding.weight.require_grad = False  # finds: requires-grad-typo
        self.linear = nn.Linear(8, 3)

    def forward(self, tokens):
        return self.linear(torch.relu(self.embedding(tokens)))


torch.manual_seed(0)
tokens = torch.randint(0, 50, (300,))
tags = tokens % 3
model = Tagger(torch.randn(50, 8))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(10):
    for i in range(0, 300, 30):
        loss = nn.functional.cross_entropy(model(tokens[i : i + 30]), tags[i : i + 30])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
