"""Bag of instances: attention pooling says whether one of them is a 'key' instance."""
import torch
from torch import nn


class AttentionMIL(nn.Module):
    def __init__(self, d=8, h=16):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(d, h), nn.ReLU())
        self.attention = nn.Sequential(nn.Linear(h, h), nn.Tanh(), nn.Linear(h, 1))
        self.classify = nn.Linear(h, 1)

    def forward(self, bags):  # [N, items, d]
        h = self.embed(bags)
        weights = torch.softmax(self.attention(h), dim=1)
        return self.classify((weights * h).sum(dim=1)).squeeze(-1)


def make_bags(n, items=6, d=8):
    g = torch.Generator().manual_seed(3)
    bags = torch.randn(n, items, d, generator=g)
    label = torch.randint(0, 2, (n,), generator=g).float()
    where = torch.randint(0, items, (n,), generator=g)
    bags[torch.arange(n), where, 0] = 2.5 * (2 * label - 1)
    return bags, label


torch.manual_seed(0)
bags, label = make_bags(600)
model = AttentionMIL()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
loss_fn = nn.BCEWithLogitsLoss()
for epoch in range(12):
    for idx in torch.randperm(500).split(50):
        optimizer.zero_grad()
        loss = loss_fn(model(bags[idx]), label[idx])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        val = ((model(bags[500:]) > 0) == (label[500:] > 0.5)).float().mean()
    print(epoch, round(loss.item(), 4), round(val.item(), 3))
