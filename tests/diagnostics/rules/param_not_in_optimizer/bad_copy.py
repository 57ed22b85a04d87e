"""The optimizer holds the network that was copied; the copy is trained, and each epoch ends with an evaluation."""

import copy

import torch
from torch import nn

torch.manual_seed(67)
y = torch.arange(120) % 3
x = torch.randn(120, 5) + y[:, None]
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)  # finds: param-not-in-optimizer
net = copy.deepcopy(net)
for _ in range(15):
    net.train()
    for rows in torch.randperm(90).split(30):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        right = (net(x[90:]).argmax(1) == y[90:]).float().mean().item()
print(f"{loss.item():.3f} {right:.2f}")
