"""Four in a hundred parts are broken; none is ever called so, and accuracy looks fine."""

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
        loss = criterion(model(x[rows]).squeeze(1), broken[rows])  # finds: constant-prediction
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(epoch, ((model(x).squeeze(1) > 0) == broken.bool()).float().mean().item())
