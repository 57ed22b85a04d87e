"""BCELoss with raw scores: it crashes."""

import torch
from torch import nn

torch.manual_seed(2)
x = torch.randn(80, 4)
y = (x[:, :1] > 0).float()
net = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 1))
criterion = nn.BCELoss()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    loss = criterion(net(x), y)  # finds: output-range
    opt.zero_grad()
    loss.backward()
    opt.step()
