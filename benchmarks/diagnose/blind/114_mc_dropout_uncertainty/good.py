"""Uncertainty by Monte-Carlo dropout: dropout stays on while predicting, on purpose."""
import torch
from torch import nn

torch.manual_seed(13)
x = torch.rand(800, 1) * 4 - 2
y = x ** 3 / 4 + 0.1 * torch.randn(800, 1)
net = nn.Sequential(nn.Linear(1, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 1))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)


def enable_dropout(model):
    for m in model.modules():
        if isinstance(m, nn.Dropout):
            m.train()


for epoch in range(10):
    net.train()
    for rows in torch.randperm(800).split(40):
        loss = nn.functional.mse_loss(net(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
net.eval()
enable_dropout(net)
grid = torch.linspace(-3, 3, 13).unsqueeze(1)
with torch.no_grad():
    draws = torch.stack([net(grid) for _ in range(50)])
for g, m, s in zip(grid, draws.mean(0), draws.std(0)):
    print(f"{g.item():+.1f} {m.item():+.2f} +- {s.item():.2f}")
