"""A body that was trained for one task is frozen for another; its batch norm goes on collecting."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, body, classes):
        super().__init__()
        self.body, self.head = body, nn.Linear(32, classes)

    def forward(self, x):
        return self.head(self.body(x))


def fit(net, x, y, parameters):
    opt = torch.optim.Adam(parameters, lr=0.01)
    net.train()
    for _ in range(30):
        loss = nn.functional.cross_entropy(net(x), y)  # finds: frozen-params-change
        opt.zero_grad()
        loss.backward()
        opt.step()


torch.manual_seed(9)
x = torch.randn(128, 8)
body = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU())
first = Net(body, 2)
fit(first, x, (x[:, 0] > 0).long(), first.parameters())
for parameter in body.parameters():
    parameter.requires_grad = False
second = Net(body, 3)
fit(second, x * 2 + 1, x[:, 1:4].argmax(1), second.head.parameters())
