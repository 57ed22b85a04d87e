"""One output for each example against a row of labels: binary cross entropy wants the same shape."""

import torch
from torch import nn

torch.manual_seed(45)
x = torch.randn(64, 5)
y = (x[:, 0] > 0).float()
net = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1))
criterion = nn.BCEWithLogitsLoss()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(10):
    loss = criterion(net(x), y)  # finds: shape-mismatch
    opt.zero_grad()
    loss.backward()
    opt.step()
