"""A sigmoid as the last module of a Sequential, before log_softmax and nll_loss."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(9)
y = torch.arange(120) % 4
x = torch.randn(120, 4) + torch.eye(4)[y] * 3
net = nn.Sequential(
    nn.Linear(4, 10),
    nn.Tanh(),
    nn.Linear(10, 4),
    nn.Sigmoid(),  # finds: activation-before-cross-entropy
)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(30):
    opt.zero_grad()
    F.nll_loss(F.log_softmax(net(x), dim=1), y).backward()
    opt.step()
