"""Tabular classifier; hidden sizes come from the command line."""
import argparse

import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
from torch import nn


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hidden1", type=int, default=32)
    parser.add_argument("--hidden2", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=40)
    return parser.parse_args()


class WineNet(nn.Module):
    def __init__(self, h1, h2):
        super().__init__()
        self.first = nn.Linear(13, h1)
        self.second = nn.Linear(h1, h2)
        self.third = nn.Linear(h2, 3)

    def forward(self, x):
        x = self.first(x).relu()
        x = self.second(x).relu()
        return self.third(x)


def main():
    args = parse()
    torch.manual_seed(0)
    wine = load_wine()
    x = torch.tensor(StandardScaler().fit_transform(wine.data)).float()
    y = torch.tensor(wine.target)
    model = WineNet(args.hidden1, args.hidden2)
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(args.epochs):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
    print("loss after training:", loss.item())


if __name__ == "__main__":
    main()
