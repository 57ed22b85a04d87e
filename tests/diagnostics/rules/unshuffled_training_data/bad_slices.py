"""Slices of sorted tensors, without a loader."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(1)
y = torch.arange(150).div(50, rounding_mode="floor")
x = torch.randn(150, 3) + 2 * torch.eye(3)[y]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 10)
        self.outer = nn.Linear(10, 3)

    def forward(self, x):
        return self.outer(torch.tanh(self.inner(x)))


def main():
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for epoch in range(6):
        for start in range(0, 150, 25):  # finds: unshuffled-training-data
            scores = net(x[start : start + 25])
            loss = F.nll_loss(F.log_softmax(scores, dim=1), y[start : start + 25])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


if __name__ == "__main__":
    main()
