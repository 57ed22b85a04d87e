"""A yes-or-no digit classifier with one output, 30 hidden units, sigmoid and BCELoss; then one of several layers."""
import torch
from torch import nn

torch.manual_seed(9)
digit = torch.arange(300) % 10
x = 0.4 * torch.randn(300, 784)
x[torch.arange(300), digit * 70] += 6
y = (digit == 3).float().view(-1, 1)
for sizes in ([784, 30, 1], [784, 100, 50, 20, 1]):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU() if b > 1 else nn.Sigmoid()]
    net = nn.Sequential(*layers)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(30):
        opt.zero_grad()
        loss = nn.BCELoss()(net(x), y)
        loss.backward()
        opt.step()
