import argparse

import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from torch.utils.data import DataLoader, TensorDataset


def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--epochs", type=int, default=10)
    p.add_argument("--accum", type=int, default=4)
    p.add_argument("--lr", type=float, default=0.1)
    return p.parse_args()


def main():
    args = get_args()
    torch.manual_seed(0)
    X, y = make_classification(1200, 20, n_informative=10, n_classes=3, random_state=5)
    ds = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y))
    loader = DataLoader(ds, batch_size=16, shuffle=True)
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    crit = nn.CrossEntropyLoss()
    model.train()
    for epoch in range(args.epochs):
        running = 0.0
        for i, (xb, yb) in enumerate(loader):
            loss = crit(model(xb), yb) / args.accum
            loss.backward()
            running += loss.item() * args.accum
            if (i + 1) % args.accum == 0:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
        print("epoch", epoch, "loss", running / len(loader))


if __name__ == "__main__":
    main()
