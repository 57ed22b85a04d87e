"""Sequence classification with dropout; the test score is printed after each epoch."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(8)


class PooledAttention(nn.Module):
    def __init__(self, vocab=20, dim=32):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.drop = nn.Dropout(0.5)
        self.score = nn.Linear(dim, 1)
        self.out = nn.Sequential(nn.Linear(dim, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 2))

    def forward(self, ids):
        e = self.drop(self.emb(ids))
        weights = torch.softmax(self.score(e), dim=1)
        return self.out((weights * e).sum(1))


def make(n):
    ids = torch.randint(0, 20, (n, 10))
    label = ((ids < 5).sum(1) > (ids >= 15).sum(1)).long()
    return TensorDataset(ids, label)


def evaluate(model, loader):
    right = total = 0
    with torch.no_grad():  # fault: missing-eval-mode
        for ids, label in loader:
            right += (model(ids).argmax(1) == label).sum().item()  # fault: missing-eval-mode
            total += len(label)
    return right / total


model = PooledAttention()
train, test = DataLoader(make(1600), 64, shuffle=True), DataLoader(make(400), 100)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
for epoch in range(6):
    model.train()
    for ids, label in train:
        optimizer.zero_grad()
        loss = criterion(model(ids), label)
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch}: loss {loss.item():.3f} test accuracy {evaluate(model, test):.3f}")  # fault: missing-eval-mode
