"""784-100-50-20-1: odd or even? Raw scores, BCEWithLogitsLoss, Adam."""

import torch
from torch import nn

torch.manual_seed(2)
digit = torch.arange(400) % 10
strokes = (torch.rand(10, 784) < 0.15).float()
x = (strokes[digit] + 0.3 * torch.rand(400, 784)).clamp(0, 1)
y = (digit % 2).float().unsqueeze(1)
x_train, y_train, x_test, y_test = x[:320], y[:320], x[320:], y[320:]
model = nn.Sequential(
    nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 50), nn.ReLU(), nn.Linear(50, 20), nn.ReLU(), nn.Linear(20, 1)
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(8):
    model.train()
    order = torch.randperm(320)
    for batch in order.split(64):
        optimizer.zero_grad()
        loss = criterion(model(x_train[batch]), y_train[batch])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        print(epoch, ((model(x_test) > 0).float() == y_test).float().mean().item())
