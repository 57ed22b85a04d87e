"""Rare examples are doubled before the split, so that copies of one lie on both sides."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(15)
x = torch.randn(160, 6)
y = (x[:, 0] > 0.8).long()
rare = torch.nonzero(y).flatten()
x, y = torch.cat([x, x[rare], x[rare]]), torch.cat([y, y[rare], y[rare]])
train_set, val_set = random_split(TensorDataset(x, y), [len(x) - 60, 60])  # finds: train-val-overlap
train_loader = DataLoader(train_set, batch_size=20, shuffle=True)
val_loader = DataLoader(val_set, batch_size=60)
net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(4):
    for xb, yb in train_loader:
        loss = nn.functional.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        for xb, yb in val_loader:
            print((net(xb).argmax(1) == yb).float().mean().item())
