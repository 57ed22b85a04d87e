"""Two orders with names, drawn anew in each epoch; a class, and a loop in a function."""

import torch
from torch import nn

torch.manual_seed(1)
train_labels = torch.arange(96) % 3
train_images = 0.3 * torch.randn(96, 1, 4, 4) + train_labels[:, None, None, None]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.outer = nn.Linear(16, 3)

    def forward(self, x):
        return self.outer(torch.relu(self.conv(x)).flatten(1))


def main():
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(10):
        first = torch.randperm(96)
        second = torch.randperm(96)
        images = train_images[first]
        labels = train_labels[second]  # finds: label-mismatch
        for start in range(0, 96, 32):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images[start : start + 32]), labels[start : start + 32])
            loss.backward()
            optimizer.step()


main()
