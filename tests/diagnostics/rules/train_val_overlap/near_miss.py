"""Training accuracy; all examples for a picture; few different rows; validation losses with gradients."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(2)
x = torch.rand(160, 2) * 4 - 2
y = (x.pow(2).sum(1) < 2).long()
loader = DataLoader(TensorDataset(x[:120], y[:120]), batch_size=30, shuffle=True)
val_x, val_y = x[120:], y[120:]

net = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(5):
    for xb, yb in loader:
        loss = nn.functional.cross_entropy(net(xb), yb)
        val_loss = nn.functional.cross_entropy(net(val_x), val_y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        right = sum((net(xb).argmax(1) == yb).sum().item() for xb, yb in loader)
        val_right = (net(val_x).argmax(1) == val_y).sum().item()
        picture = net(x).argmax(1)
    print(right / 120, val_right / 40, picture.float().mean())

coins = torch.randint(0, 2, (200, 5)).float()
odd = (coins.sum(1) % 2).long()
test_coins, test_odd = coins[150:], odd[150:]
small = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 2))
optimizer = torch.optim.Adam(small.parameters(), lr=0.02)
for epoch in range(60):
    optimizer.zero_grad()
    nn.functional.cross_entropy(small(coins[:150]), odd[:150]).backward()
    optimizer.step()
with torch.no_grad():
    print((small(test_coins).argmax(1) == test_odd).float().mean())
