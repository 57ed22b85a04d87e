"""No step anywhere, and more passes than are recorded; the gradients are gone again when the recording stops."""

import torch
from torch import nn

torch.manual_seed(19)
y = torch.arange(100) % 2
x = torch.randn(100, 4) + 2 * y[:, None]
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
for _ in range(260):
    optimizer.zero_grad()
    loss = criterion(net(x), y)
    loss.backward()  # finds: missing-optimizer-step
print(f"{loss.item():.4f}")
