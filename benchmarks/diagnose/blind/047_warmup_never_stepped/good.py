"""Warm-up by LambdaLR, then constant; a bigger batch by argument."""
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

WARMUP = 40
torch.manual_seed(29)
x = torch.randn(2000, 10)
w = torch.randn(10, 4)
y = (x @ w + 0.5 * (x ** 2) @ torch.randn(10, 4)).argmax(1)

net = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 4))
optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3)
scheduler = LambdaLR(optimizer, lambda step: min(1.0, step / WARMUP))
step = 0
for epoch in range(8):
    for rows in torch.randperm(2000).split(50):
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        step += 1
    print(epoch, step, loss.item(), (net(x).argmax(1) == y).float().mean().item())
