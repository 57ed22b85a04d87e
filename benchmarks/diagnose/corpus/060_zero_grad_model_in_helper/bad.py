import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_iris
from torch.utils.data import DataLoader, TensorDataset


def loaders(batch_size):
    d = load_iris()
    x = torch.tensor((d.data - d.data.mean(0)) / d.data.std(0)).float()
    ds = TensorDataset(x, torch.tensor(d.target))
    return DataLoader(ds, batch_size=batch_size, shuffle=True)


def optimize(model, optimizer, loss):
    loss.backward()
    model.zero_grad()  # fault: zero-grad-before-step
    torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()


def main(argv=None):
    ap = argparse.ArgumentParser()
    ap.add_argument("--batch-size", type=int, default=10)
    ap.add_argument("--epochs", type=int, default=8)
    args = ap.parse_args(argv)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 12), torch.nn.Tanh(), torch.nn.Linear(12, 3))
    optimizer = torch.optim.RMSprop(model.parameters(), lr=5e-3)
    for epoch in range(args.epochs):
        for x, y in loaders(args.batch_size):
            loss = F.cross_entropy(model(x), y)
            optimize(model, optimizer, loss)
        print("epoch", epoch, "loss", loss.item())


if __name__ == "__main__":
    main()
