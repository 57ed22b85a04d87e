"""A straight line through data that are not scaled: the squares overflow after some steps."""

import torch
from torch import nn


class Line(nn.Module):
    def __init__(self):
        super().__init__()
        self.line = nn.Linear(4, 1)

    def forward(self, x):
        return self.line(x)


def fit(x, y, rate):
    net = Line()
    opt = torch.optim.SGD(net.parameters(), lr=rate)  # finds: lr-too-high
    for step in range(80):
        loss = nn.functional.mse_loss(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return net


torch.manual_seed(92)
x = 3 * torch.randn(100, 4)
fit(x, x.sum(1, keepdim=True), 1.0)
