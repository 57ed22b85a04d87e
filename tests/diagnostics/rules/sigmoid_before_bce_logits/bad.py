"""Two rings of points; the network ends in a sigmoid, and so does the criterion."""

import torch
from torch import nn

torch.manual_seed(0)
angle = torch.rand(160) * 6.28
y = (torch.arange(160) % 2).float()
x = torch.stack([angle.cos(), angle.sin()], 1) * (1 + y[:, None]) + 0.1 * torch.randn(160, 2)

net = nn.Sequential(
    nn.Linear(2, 12),
    nn.ReLU(),
    nn.Linear(12, 1),
    nn.Sigmoid(),  # finds: sigmoid-before-bce-logits
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(60):
    optimizer.zero_grad()
    loss = criterion(net(x).squeeze(1), y)
    loss.backward()
    optimizer.step()
print(f"{loss.item():.4f}")
