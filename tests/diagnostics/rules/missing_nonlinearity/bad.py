"""A ring around a disc, and a network that can only draw a line."""

import torch
from torch import nn

torch.manual_seed(15)
angle = torch.rand(200) * 6.2832
y = (torch.arange(200) % 2).float()
radius = 1 + y + 0.1 * torch.randn(200)
x = torch.stack([radius * angle.cos(), radius * angle.sin()], 1)

model = nn.Sequential(
    nn.Linear(2, 10),  # finds: missing-nonlinearity
    nn.Linear(10, 1),
)
criterion = nn.BCEWithLogitsLoss()
opt = torch.optim.Adam(model.parameters(), lr=0.05)
for epoch in range(150):
    opt.zero_grad()
    loss = criterion(model(x).squeeze(1), y)
    loss.backward()
    opt.step()
print(f"{loss.item():.4f}")
