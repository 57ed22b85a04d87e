"""An autoencoder whose code is linear, a separable convolution, two heads on one hidden layer, and one linear layer."""

import torch
from torch import nn

torch.manual_seed(17)
x = torch.randn(64, 12) @ torch.randn(12, 12) * 0.3
images = torch.randn(16, 3, 8, 8)
code = nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 3))
decode = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 12))
separable = nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.Conv2d(3, 6, 1), nn.ReLU(), nn.Conv2d(6, 1, 3))
hidden, mean, spread = nn.Linear(12, 6), nn.Linear(6, 2), nn.Linear(6, 2)
ridge = nn.Linear(12, 1)
nets = nn.ModuleList([code, decode, separable, hidden, mean, spread, ridge])
opt = torch.optim.Adam(nets.parameters(), lr=0.01)
for _ in range(60):
    opt.zero_grad()
    h = torch.relu(hidden(x))
    again = ((decode(code(x)) - x) ** 2).mean()
    guess = (mean(h) ** 2 + (spread(h).exp() - 1) ** 2).mean()
    line = ((ridge(x) - x.sum(1, keepdim=True)) ** 2).mean()
    (again + guess + line + separable(images).square().mean()).backward()
    opt.step()
