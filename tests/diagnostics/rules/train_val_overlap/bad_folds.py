"""One network goes through all folds: what a fold is tested on, it was trained on in the fold before."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 6)
y = x[:, :1] * x[:, 1:2]
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))
order = torch.randperm(120)
for fold in range(4):
    test_rows = order[30 * fold : 30 * (fold + 1)]  # finds: train-val-overlap
    keep = torch.ones(120, dtype=torch.bool)
    keep[test_rows] = False
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for epoch in range(10):
        loss = nn.functional.mse_loss(model(x[keep]), y[keep])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(fold, nn.functional.mse_loss(model(x[test_rows]), y[test_rows]).item())
