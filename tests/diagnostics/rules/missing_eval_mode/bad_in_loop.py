"""Validation in every epoch, under the names of the training, and never a change of mode."""

import torch
from torch import nn

torch.manual_seed(6)
x = torch.randn(240, 6)
y = (x.sum(1) > 0).long()
x_train, y_train, x_valid, y_valid = x[:200], y[:200], x[200:], y[200:]
model = nn.Sequential(nn.Linear(6, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(12):
    for part in torch.randperm(200).split(50):
        scores = model(x_train[part])
        loss = nn.functional.cross_entropy(scores, y_train[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.inference_mode():
        scores = model(x_valid)  # finds: missing-eval-mode
        loss = nn.functional.cross_entropy(scores, y_valid)
        right = (scores.argmax(1) == y_valid).sum().item()
    print(epoch, loss.item(), right)
