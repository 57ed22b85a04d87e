"""One network serves all folds, but begins each with new weights."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 6)
y = x[:, :1] * x[:, 1:2]
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))


def begin(network):
    for layer in network:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)


order = torch.randperm(120)
for fold in range(4):
    test_rows = order[30 * fold : 30 * (fold + 1)]
    keep = torch.ones(120, dtype=torch.bool)
    keep[test_rows] = False
    begin(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for epoch in range(10):
        loss = nn.functional.mse_loss(model(x[keep]), y[keep])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(fold, nn.functional.mse_loss(model(x[test_rows]), y[test_rows]).item())
