"""Inverse kinematics of a two-joint arm."""
import torch
from torch import nn


def build(width=40):
    net = nn.Sequential(nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 2))
    for layer in net[:-1]:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight, gain=25)  # fault: saturated-activation
    return net


torch.manual_seed(23)
angles = torch.rand(2000, 2) * 1.2 + 0.3
hand = torch.stack([
    angles[:, 0].cos() + angles.sum(1).cos(),
    angles[:, 0].sin() + angles.sum(1).sin(),
], 1)
hand = (hand - hand.mean(0)) / hand.std(0)
model = build()  # fault: saturated-activation
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(10):
    for rows in torch.randperm(2000).split(100):
        loss = nn.functional.mse_loss(model(hand[rows]), angles[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
