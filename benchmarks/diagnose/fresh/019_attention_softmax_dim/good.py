"""Which word of the sentence is the key word? Attention pooling over word vectors."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class AttentionPooling(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.score = nn.Sequential(nn.Linear(dim, dim), nn.Tanh(), nn.Linear(dim, 1))

    def forward(self, words):  # (batch, words, dim)
        scores = self.score(words).squeeze(-1)
        weights = F.softmax(scores, dim=1)
        return (weights.unsqueeze(-1) * words).sum(1)


class Classifier(nn.Module):
    def __init__(self, vocab=60, dim=24, classes=5):
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.pool = AttentionPooling(dim)
        self.head = nn.Linear(dim, classes)

    def forward(self, tokens):
        return self.head(self.pool(self.embedding(tokens)))


def sentences(n):
    tokens = torch.randint(10, 60, (n, 15))
    key = torch.randint(0, 10, (n,))
    tokens[torch.arange(n), torch.randint(0, 15, (n,))] = key
    return tokens, key // 2


torch.manual_seed(3)
model = Classifier()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
x, y = sentences(1600)
for epoch in range(8):
    for idx in torch.randperm(1600).split(64):
        loss = F.cross_entropy(model(x[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"{epoch}: {loss.item():.3f}")
