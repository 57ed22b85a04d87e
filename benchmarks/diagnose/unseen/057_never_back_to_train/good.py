import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(1500, 12)
y = ((x[:, :4] ** 2).sum(1) > 3.4).long()
train = DataLoader(TensorDataset(x[:1200], y[:1200]), batch_size=60, shuffle=True)
valid = DataLoader(TensorDataset(x[1200:], y[1200:]), batch_size=100)

net = nn.Sequential(
    nn.Linear(12, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2),
)
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
ce = nn.CrossEntropyLoss()


def validate():
    net.eval()
    with torch.no_grad():
        ok = sum((net(a).argmax(1) == b).sum().item() for a, b in valid)
    return ok / 300


for epoch in range(8):
    net.train()
    for a, b in train:
        loss = ce(net(a), b)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(f"{epoch}: loss {loss.item():.3f}, validation {validate():.3f}")
