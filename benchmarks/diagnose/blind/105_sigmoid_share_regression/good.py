"""Share of a day with rain, a number between 0 and 1: sigmoid output and squared error."""
import torch
from torch import nn

torch.manual_seed(4)
x = torch.randn(1500, 7)
share = torch.sigmoid(1.5 * x[:, :1] - x[:, 1:2] * x[:, 2:3] + 0.2 * torch.randn(1500, 1))
model = nn.Sequential(nn.Linear(7, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(8):
    for rows in torch.randperm(1500).split(60):
        loss = nn.functional.mse_loss(model(x[rows]), share[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
