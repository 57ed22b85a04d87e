"""A bias that bets everything on yes."""

import torch
from torch import nn

torch.manual_seed(8)
x = torch.randn(100, 3)
y = (x.sum(1, keepdim=True) > 0).float()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 16)
        self.out = nn.Linear(16, 1)
        nn.init.constant_(self.out.bias, 8.0)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(x)))


def main():
    net, criterion = Net(), nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    for _ in range(40):
        loss = criterion(net(x), y)  # finds: initial-loss-off
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


main()
