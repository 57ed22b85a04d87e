"""Each step begins a new pass and takes its first batch."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(8)
y = torch.arange(300) % 3
x = torch.randn(300, 6) + 2 * torch.eye(6)[y]
loader = DataLoader(TensorDataset(x[:240], y[:240]), batch_size=24)
held_out = DataLoader(TensorDataset(x[240:], y[240:]), batch_size=60)
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(30):
    inputs, targets = next(iter(loader))  # finds: one-batch-only
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(inputs), targets)
    loss.backward()
    optimizer.step()
with torch.no_grad():
    for inputs, targets in held_out:
        print((net(inputs).argmax(1) == targets).float().mean().item())
