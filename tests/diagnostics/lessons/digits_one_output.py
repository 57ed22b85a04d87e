"""784-30-1: is it a three? Sigmoid and BCELoss."""

import torch
from torch import nn

torch.manual_seed(1)
digit = torch.arange(400) % 10
strokes = (torch.rand(10, 784) < 0.15).float()
x = (strokes[digit] + 0.3 * torch.rand(400, 784)).clamp(0, 1)
y = (digit == 3).float().unsqueeze(1)
x_train, y_train, x_test, y_test = x[:320], y[:320], x[320:], y[320:]
model = nn.Sequential(nn.Linear(784, 30), nn.ReLU(), nn.Linear(30, 1), nn.Sigmoid())
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
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
        print(epoch, ((model(x_test) > 0.5).float() == y_test).float().mean().item())
