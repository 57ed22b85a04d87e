"""Probabilities compared with one-hot rows; the softmax before that runs down the columns."""

import torch
from torch import nn

torch.manual_seed(2)
y = torch.arange(90) % 3
x = torch.randn(90, 4) + 2 * nn.functional.one_hot(y, 4)
wanted = nn.functional.one_hot(y, 3).float()
net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for _ in range(30):
    chances = net(x).softmax(0)  # finds: softmax-wrong-dim
    loss = ((chances - wanted) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
