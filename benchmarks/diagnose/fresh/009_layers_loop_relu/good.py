# FashionMNIST-like MLP on digits; number of hidden layers is a parameter
import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

parser = argparse.ArgumentParser()
parser.add_argument("--hidden", type=int, nargs="+", default=[40, 20])
parser.add_argument("--lr", type=float, default=0.005)
parser.add_argument("--epochs", type=int, default=8)
args = parser.parse_args()


class MLP(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


torch.manual_seed(8)
digits = load_digits()
x = torch.from_numpy(digits.data).float().div(16)
y = torch.from_numpy(digits.target)
net = MLP([64, *args.hidden, 10])
opt = torch.optim.Adam(net.parameters(), lr=args.lr)
for epoch in range(args.epochs):
    for batch in torch.randperm(1500).split(50):
        opt.zero_grad()
        loss = F.cross_entropy(net(x[batch]), y[batch])
        loss.backward()
        opt.step()
    acc = (net(x[1500:]).argmax(1) == y[1500:]).float().mean()
    print(f"{epoch:2d} loss {loss:.3f} test acc {acc:.3f}")
