"""2-5-1 without a nonlinearity: it guesses."""

import torch
from sklearn.datasets import make_circles
from torch import nn

points, labels = make_circles(n_samples=400, noise=0.03, factor=0.8, random_state=42)
X, y = torch.tensor(points, dtype=torch.float), torch.tensor(labels, dtype=torch.float)
torch.manual_seed(42)
model = nn.Sequential(
    nn.Linear(2, 5),  # finds: missing-nonlinearity
    nn.Linear(5, 1),
)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(120):
    logits = model(X).squeeze(1)
    loss = loss_fn(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        print(epoch, loss.item(), (logits.sigmoid().round() == y).float().mean().item())
