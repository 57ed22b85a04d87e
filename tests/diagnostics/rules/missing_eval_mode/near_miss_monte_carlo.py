"""Random forwards on purpose, for the spread of the answers; and batch norm's statistics anew for fresh examples."""

import torch
from torch import nn

torch.manual_seed(3)
x = torch.rand(100, 1) * 6 - 3
y = torch.sin(x) + 0.1 * torch.randn(100, 1)
grid = torch.linspace(-4, 4, 30).unsqueeze(1)

net = nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Dropout(0.1), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(60):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()

with torch.no_grad():
    answers = torch.stack([net(grid) for _ in range(15)])
    again = []
    for _ in range(10):
        again.append(net(grid))
print(answers.std(0).mean(), torch.stack(again).std(0).mean())

normed = nn.Sequential(nn.Linear(1, 20), nn.BatchNorm1d(20), nn.Tanh(), nn.Linear(20, 1))
optimizer = torch.optim.Adam(normed.parameters(), lr=0.01)
for epoch in range(40):
    optimizer.zero_grad()
    nn.functional.mse_loss(normed(x), y).backward()
    optimizer.step()
with torch.no_grad():
    for part in grid.split(10):
        normed(part)
normed.eval()
with torch.inference_mode():
    print(normed(grid).mean())
