"""Four small batches a step, each loss divided by four; and an update by hand under no_grad."""

import torch
from torch import nn

torch.manual_seed(7)
y = torch.arange(160) % 4
x = torch.randn(160, 6) + 2 * torch.eye(6)[y]
order = torch.randperm(160)
net = nn.Sequential(nn.Linear(6, 24), nn.SiLU(), nn.Linear(24, 4))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
optimizer.zero_grad()
for epoch in range(4):
    for number, batch in enumerate(order.split(10)):
        loss = nn.functional.cross_entropy(net(x[batch]), y[batch]) / 4
        loss.backward()
        if (number + 1) % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()

w = torch.zeros(6, 4, requires_grad=True)
for _ in range(20):
    loss = nn.functional.cross_entropy(x @ w, y)
    loss.backward()
    with torch.no_grad():
        w -= 0.5 * w.grad
        w.grad = None
