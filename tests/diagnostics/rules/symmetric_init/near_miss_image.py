"""Pictures that a network, trained before, likes best: they begin grey, all of them, and are no weights."""

import torch
from torch import nn

torch.manual_seed(35)
y = torch.arange(120) % 4
x = torch.randn(120, 16) + 2 * torch.eye(4).repeat(1, 4)[y]
net = nn.Sequential(nn.Linear(16, 24), nn.ReLU(), nn.Linear(24, 4))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(30):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
net.eval()
net.requires_grad_(False)
pictures = torch.full((4, 16), 0.5, requires_grad=True)
artist = torch.optim.SGD([pictures], lr=1.0)
for _ in range(30):
    artist.zero_grad()
    loss = nn.functional.cross_entropy(net(pictures), torch.arange(4)) + 0.01 * pictures.pow(2).sum()
    loss.backward()
    artist.step()
