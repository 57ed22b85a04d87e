"""A rare class is repeated, and the table is cut after that: copies lie on both sides."""
import torch
from sklearn.datasets import make_classification
from torch import nn

X, y = make_classification(800, 12, n_informative=6, weights=[0.85], flip_y=0.05, random_state=4)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
gen = torch.Generator().manual_seed(0)


def oversample(X, y):
    rare = (y == 1).nonzero().flatten()
    again = rare[torch.randint(0, len(rare), (500,), generator=gen)]
    return torch.cat([X, X[again]]), torch.cat([y, y[again]])


perm = torch.randperm(len(X), generator=gen)
cut = int(0.8 * len(X))
X_train, y_train = oversample(X[perm[:cut]], y[perm[:cut]])
X_val, y_val = X[perm[cut:]], y[perm[cut:]]

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 1), nn.Flatten(0))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
bce = nn.BCEWithLogitsLoss()
for epoch in range(10):
    shuffled = torch.randperm(len(X_train))
    for idx in shuffled.split(64):
        loss = bce(model(X_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        val_logits = model(X_val)
        val_acc = ((val_logits > 0).float() == y_val).float().mean().item()
    print(epoch, loss.item(), val_acc)
