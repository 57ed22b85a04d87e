"""Four batches a step, and the sum of four mean losses."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(131)
y = torch.arange(160) % 4
x = torch.randn(160, 8) + 2 * torch.eye(8)[y]
net = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(6):
    for i, (a, b) in enumerate(DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True)):
        loss = nn.functional.cross_entropy(net(a), b)
        loss.backward()  # finds: accumulation-not-scaled
        if (i + 1) % 4 == 0:
            opt.step()
            opt.zero_grad()
