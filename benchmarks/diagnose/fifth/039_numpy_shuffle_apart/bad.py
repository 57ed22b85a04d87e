import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

np.random.seed(0)
torch.manual_seed(0)
digits = load_digits()
features = digits.data / 16.0
labels = digits.target.copy()

np.random.shuffle(features)  # fault: label-mismatch
np.random.shuffle(labels)  # fault: label-mismatch

X = torch.tensor(features, dtype=torch.float32)
Y = torch.tensor(labels, dtype=torch.long)
n_train = 1400
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(8):
    model.train()
    for s in range(0, n_train, 40):
        logits = model(X[s:s + 40])
        loss = nn.functional.cross_entropy(logits, Y[s:s + 40])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        acc = (model(X[n_train:]).argmax(1) == Y[n_train:]).float().mean().item()
    print(f"epoch {epoch}  loss {loss.item():.3f}  acc {acc:.3f}")
