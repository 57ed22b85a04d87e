"""Rare fraud among payments: class weights in the loss, recall in the report."""
import numpy as np
import torch
from sklearn.datasets import make_classification
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = make_classification(2000, 12, n_informative=6, weights=[0.93], class_sep=1.5, random_state=0)
X = torch.tensor(X / X.std(0), dtype=torch.float32)
y = torch.tensor(y)
counts = np.bincount(y[:1600])
weights = torch.tensor(len(y[:1600]) / (2 * counts), dtype=torch.float32)


class FraudNet(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(12, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.scores = nn.Linear(hidden, 2)

    def forward(self, x):
        return self.scores(self.body(x)).log_softmax(dim=1)


model = FraudNet()
criterion = nn.NLLLoss(weight=weights)
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
loader = DataLoader(TensorDataset(X[:1600], y[:1600]), batch_size=64, shuffle=True)
for epoch in range(6):
    for xb, yb in loader:
        loss = criterion(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        predicted = model(X[1600:]).argmax(1)
    recall = predicted[y[1600:] == 1].float().mean().item()
    print(f"epoch {epoch} loss {loss.item():.3f} recall {recall:.3f}")
