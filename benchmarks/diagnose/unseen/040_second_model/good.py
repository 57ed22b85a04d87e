import argparse
import copy
import torch
from torch import nn
from sklearn.datasets import make_classification


def get_model(inputs, hidden, outputs):
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(0.1), nn.Linear(hidden, outputs))


def main(args):
    torch.manual_seed(args.seed)
    x, y = make_classification(1500, 16, n_informative=10, n_classes=4, random_state=args.seed)
    x, y = torch.tensor(x).float(), torch.tensor(y)
    model = get_model(16, args.hidden, 4)
    best = copy.deepcopy(model)
    if args.fresh:
        model = best
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        model.train()
        for idx in torch.randperm(1200).split(60):
            loss = nn.functional.cross_entropy(model(x[idx]), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            acc = (model(x[1200:]).argmax(1) == y[1200:]).float().mean().item()
        print(f"epoch {epoch} loss {loss.item():.3f} val {acc:.3f}")


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--hidden", type=int, default=64)
    p.add_argument("--lr", type=float, default=3e-3)
    p.add_argument("--epochs", type=int, default=8)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--fresh", type=int, default=1)
    main(p.parse_args())
