"""Batches of four for a batch norm behind a fully connected layer."""

import torch
from torch import nn

torch.manual_seed(1)
x = torch.rand(80, 3) * 2 - 1
y = x.prod(1, keepdim=True)


class Product(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 20)
        self.norm = nn.BatchNorm1d(20)
        self.outer = nn.Linear(20, 1)

    def forward(self, x):
        return self.outer(torch.relu(self.norm(self.inner(x))))


def main():
    model = Product()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for epoch in range(2):
        for part in torch.randperm(80).split(4):
            loss = nn.functional.mse_loss(model(x[part]), y[part])  # finds: batchnorm-tiny-batch
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


main()
