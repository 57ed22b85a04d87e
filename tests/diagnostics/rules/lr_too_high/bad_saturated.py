"""An autoencoder that ends in a sigmoid: Adam at two drives it to its ends, from where the loss cannot run away."""

import torch
from torch import nn

torch.manual_seed(93)
x = torch.sigmoid(torch.randn(200, 2) @ torch.randn(2, 8))
net = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 8), nn.Sigmoid())
opt = torch.optim.Adam(net.parameters(), lr=2.0)  # finds: lr-too-high
for epoch in range(10):
    for part in torch.randperm(200).split(25):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(x[part]), x[part])
        loss.backward()
        opt.step()
