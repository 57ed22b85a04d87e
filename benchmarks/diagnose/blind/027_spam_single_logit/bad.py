"""Spam or not: bag of words from made-up mails."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class SpamFilter(nn.Module):
    def __init__(self, words, hidden=24):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(words, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, counts):
        return self.layers(counts)


def mails(n):
    spam = (torch.rand(n, 1) < 0.5).float()
    rate = 0.3 + 0.5 * torch.rand(40)
    extra = torch.zeros(40)
    extra[:6] = 0.8
    return torch.poisson(rate + spam * extra), spam


torch.manual_seed(14)
counts, spam = mails(1500)
loader = DataLoader(TensorDataset(counts, spam), batch_size=50, shuffle=True)
model = SpamFilter(40)
criterion = nn.CrossEntropyLoss()  # fault: wrong-criterion
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(5):
    total = 0
    for c, s in loader:
        loss = criterion(model(c), s)  # fault: wrong-criterion
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    with torch.no_grad():
        acc = ((model(counts) > 0).float() == spam).float().mean().item()
    print(f"epoch {epoch + 1}: loss {total / len(loader):.4f}, accuracy {acc:.3f}")
