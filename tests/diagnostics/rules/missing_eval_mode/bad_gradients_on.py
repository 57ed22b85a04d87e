"""A function that measures accuracy with gradients on; its result is never learned from."""

import torch
from torch import nn


def accuracy(net, x, y):
    answers = net(x).argmax(dim=1)  # finds: missing-eval-mode
    return (answers == y).float().mean().item()


torch.manual_seed(41)
x, new = torch.randn(200, 8), torch.randn(90, 8)
y, wanted = (x[:, 0] > 0).long(), (new[:, 0] > 0).long()
net = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(6):
    for rows in torch.randperm(200).split(25):
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(accuracy(net, new, wanted), accuracy(net, new.flip(0), wanted.flip(0)))
