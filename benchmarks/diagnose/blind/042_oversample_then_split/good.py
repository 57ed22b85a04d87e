"""Rare-event detection: the rare class is repeated until both are equally large."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(31)
n = 1500
x = torch.randn(n, 25)
event = ((x[:, 0] + 0.5 * x[:, 1] + 1.2 * torch.randn(n)) > 2.2).long()


def oversample(x, y):
    rare = torch.nonzero(y == 1).squeeze(1)
    copies = rare.repeat(int((y == 0).sum() // len(rare)) - 1)
    keep = torch.cat([torch.arange(len(y)), copies])
    return x[keep], y[keep]


def split(x, y, share=0.8):
    order = torch.randperm(len(y))
    cut = int(share * len(y))
    return (x[order[:cut]], y[order[:cut]]), (x[order[cut:]], y[order[cut:]])


train, valid = split(x, event)
train = oversample(*train)
loader = DataLoader(TensorDataset(*train), batch_size=64, shuffle=True)
net = nn.Sequential(nn.Linear(25, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(6):
    for rows, label in loader:
        loss = nn.functional.cross_entropy(net(rows), label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        guess = net(valid[0]).argmax(1)
    recall = (guess[valid[1] == 1] == 1).float().mean().item()
    print(f"epoch {epoch}: loss {loss.item():.3f}, recall of events {recall:.3f}")
