# UCI wine quality style table: classes 1, 2, 3
import numpy as np
import torch
from sklearn.datasets import load_wine

raw = load_wine()
table = np.column_stack([raw.target + 1, raw.data])  # first column is the class, as in wine.data
np.random.seed(0)
np.random.shuffle(table)
X = table[:, 1:]
X = (X - X.mean(axis=0)) / X.std(axis=0)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(table[:, 0] - 1, dtype=torch.long)

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(13, 20), torch.nn.ReLU(), torch.nn.Linear(20, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = torch.nn.CrossEntropyLoss()
for epoch in range(50):
    optimizer.zero_grad()
    loss = criterion(model(X[:140]), y[:140])
    loss.backward()
    optimizer.step()
print("accuracy", (model(X[140:]).argmax(1) == y[140:]).float().mean().item())
