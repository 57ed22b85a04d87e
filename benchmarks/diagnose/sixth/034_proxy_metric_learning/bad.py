"""Metric learning with proxies (ProxyNCA): the loss has a learned point for each class."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
digits = load_digits()
x = torch.tensor(digits.data / 16, dtype=torch.float32)
y = torch.tensor(digits.target)


class ProxyLoss(nn.Module):
    def __init__(self, classes, dim, scale=8.0):
        super().__init__()
        self.proxies = nn.Parameter(torch.rand(classes, dim))
        self.scale = scale

    def forward(self, embedding, labels):
        cosine = F.normalize(embedding) @ F.normalize(self.proxies).T
        return F.cross_entropy(self.scale * cosine, labels)


class Embedding(nn.Module):
    def __init__(self, dim=3):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, dim))

    def forward(self, x):
        return F.normalize(self.net(x))


model = Embedding()
criterion = ProxyLoss(10, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)  # fault: param-not-in-optimizer
loader = DataLoader(TensorDataset(x[:1400], y[:1400]), batch_size=70, shuffle=True)
for epoch in range(10):
    for xb, yb in loader:
        loss = criterion(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        near = (model(x[1400:]) @ model(x[:1400]).T).argmax(1)
    recall = (y[:1400][near] == y[1400:]).float().mean().item()
    print(f"epoch {epoch}: loss {loss.item():.3f} recall@1 {recall:.3f}")
