"""Four in a hundred are broken; the parts are only put in order, those most likely broken first."""

import torch
from torch import nn

torch.manual_seed(0)
broken = (torch.rand(3000) < 0.04).float()
x = torch.randn(3000, 6) + 0.8 * broken[:, None]
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(3):
    for rows in torch.randperm(3000).split(60):
        loss = criterion(model(x[rows]).squeeze(1), broken[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        first = model(x).squeeze(1).topk(100).indices
        print(epoch, broken[first].mean().item())
