"""SGD at one hundred-thousandth, a regression in batches."""

import torch
from torch import nn, optim


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(5, 24), nn.Linear(24, 1)

    def forward(self, x):
        return self.two(torch.relu(self.one(x)))


def main():
    torch.manual_seed(97)
    x = torch.randn(160, 5)
    y = x.sum(1, keepdim=True).sin()
    net = Net()
    opt = optim.SGD(net.parameters(), lr=1e-5)  # finds: lr-too-low
    for epoch in range(15):
        for rows in torch.randperm(160).split(32):
            opt.zero_grad()
            nn.functional.mse_loss(net(x[rows]), y[rows]).backward()
            opt.step()


main()
