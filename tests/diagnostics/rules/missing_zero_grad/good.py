"""Two blobs, three layers, zeroed before each backward."""

import torch
from torch import nn

torch.manual_seed(1)
y = torch.arange(120) % 2
x = torch.randn(120, 6) + 1.5 * y[:, None]

model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
criterion = nn.CrossEntropyLoss()

for epoch in range(40):
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
print(f"{loss.item():.4f}")
