"""Two moons, with everything on the command line."""
import argparse

import torch
from sklearn.datasets import make_moons
from torch import nn


def parse(argv=None):
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hidden", type=int, default=32)
    p.add_argument("--lr", type=float, default=1e-6)  # fault: lr-too-low
    p.add_argument("--epochs", type=int, default=12)
    p.add_argument("--batch-size", type=int, default=50)
    p.add_argument("--seed", type=int, default=0)
    return p.parse_args(argv)


def main():
    args = parse()
    torch.manual_seed(args.seed)
    X, y = make_moons(800, noise=0.15, random_state=args.seed)
    X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
    net = nn.Sequential(
        nn.Linear(2, args.hidden), nn.Tanh(),
        nn.Linear(args.hidden, args.hidden), nn.Tanh(),
        nn.Linear(args.hidden, 2),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr)  # fault: lr-too-low
    criterion = nn.CrossEntropyLoss()
    for epoch in range(1, args.epochs + 1):
        for idx in torch.randperm(len(X)).split(args.batch_size):
            loss = criterion(net(X[idx]), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            whole = criterion(net(X), y).item()
        print(f"epoch {epoch:3d}  loss {whole:.5f}")


if __name__ == "__main__":
    main()
