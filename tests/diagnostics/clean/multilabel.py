"""Several labels at once, each a yes or no of its own; rare ones weigh more."""

import torch
from torch import nn

torch.manual_seed(4)
x = torch.randn(200, 10)
y = (x @ torch.randn(10, 5) > 1.0).float()
net = nn.Sequential(nn.Linear(10, 40), nn.GELU(), nn.Linear(40, 5))
criterion = nn.BCEWithLogitsLoss(pos_weight=(y == 0).sum(0) / (y == 1).sum(0))
optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
for epoch in range(8):
    net.train()
    for batch in torch.randperm(160).split(40):
        optimizer.zero_grad()
        loss = criterion(net(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        guess = net(x[160:]).sigmoid() > 0.5
        print(epoch, (guess == y[160:].bool()).float().mean().item())
