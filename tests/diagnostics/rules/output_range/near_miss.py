"""Counts after softplus and ReLU, pictures after sigmoid, a scaled tanh, and one-hot rows after softmax."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(3)
x = torch.rand(120, 4)
price = 3 * x[:, :1] + x[:, 1:2] ** 2
angle = 3.0 * torch.sin(6 * x[:, :1])
group = F.one_hot((x[:, 0] * 3).long(), 3).float()


def net(outputs, *last):
    return nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, outputs), *last)


cost, smooth, again, turn, which = net(1, nn.ReLU()), net(1, nn.Softplus()), net(4, nn.Sigmoid()), net(1), net(3)
with torch.no_grad():
    cost[2].bias.fill_(1.0)
opt = torch.optim.Adam([p for each in (cost, smooth, again, turn, which) for p in each.parameters()], lr=0.01)
for _ in range(30):
    opt.zero_grad()
    loss = F.mse_loss(cost(x), price) + F.l1_loss(smooth(x), price - 0.001) + F.mse_loss(again(x), x)
    loss = loss + F.mse_loss(3 * torch.tanh(turn(x)), angle) + F.mse_loss(which(x).softmax(1), group)
    loss.backward()
    opt.step()
