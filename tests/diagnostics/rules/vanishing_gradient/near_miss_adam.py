"""A deep autoencoder whose first gradients are next to nothing: Adam moves its first layer all the same."""

import torch
from torch import nn

torch.manual_seed(3)
shapes = torch.rand(3, 64)
x = torch.rand(256, 3) @ shapes / 3
widths = (64, 32, 16, 16, 32, 64)
layers = []
for wide, narrow in zip(widths, widths[1:], strict=False):
    layers += [nn.Linear(wide, narrow), nn.LeakyReLU(0.02)]
    nn.init.normal_(layers[-2].weight, std=0.035)
net = nn.Sequential(*layers[:-1], nn.Sigmoid())
optimizer = torch.optim.Adam(net.parameters(), lr=0.0002)
criterion = nn.MSELoss()
for _ in range(190):
    optimizer.zero_grad()
    loss = criterion(net(x), x)
    loss.backward()
    optimizer.step()
