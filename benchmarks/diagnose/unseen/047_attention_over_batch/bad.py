import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)


class AttentionPool(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.score = nn.Linear(d, 1)

    def forward(self, h):  # h: batch x tokens x d
        alpha = F.softmax(self.score(torch.tanh(h)), dim=0)  # fault: softmax-wrong-dim
        return (alpha * h).sum(dim=1)


class KeywordSpotter(nn.Module):
    def __init__(self, vocab, d=24):
        super().__init__()
        self.emb = nn.Embedding(vocab, d)
        self.pool = AttentionPool(d)
        self.out = nn.Linear(d, 2)

    def forward(self, ids):
        return self.out(self.pool(self.emb(ids)))


def texts(n):
    ids = torch.randint(2, 100, (n, 15))
    label = torch.randint(0, 2, (n,))
    pos = torch.randint(0, 15, (n,))
    ids[torch.arange(n), pos] = label
    return ids, label


model = KeywordSpotter(100)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for it in range(300):
    ids, label = texts(64)
    optimizer.zero_grad()
    out = model(ids)
    loss = F.cross_entropy(out, label)
    loss.backward()
    optimizer.step()
    if it % 60 == 59:
        print(it + 1, loss.item(), (out.argmax(1) == label).float().mean().item())
