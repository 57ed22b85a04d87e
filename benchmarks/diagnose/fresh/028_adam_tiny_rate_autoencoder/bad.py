import argparse

import torch
import torch.nn as nn
from sklearn.datasets import load_digits


def get_args():
    p = argparse.ArgumentParser(description="convolutional classifier of digits")
    p.add_argument("--batch-size", type=int, default=64)
    p.add_argument("--epochs", type=int, default=6)
    p.add_argument("--learning-rate", type=float, default=1e-6)  # fault: lr-too-low
    return p.parse_args()


def main():
    args = get_args()
    torch.manual_seed(0)
    d = load_digits()
    x = torch.tensor(d.images, dtype=torch.float32)[:, None] / 16
    y = torch.tensor(d.target)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(128, 32), nn.ReLU(), nn.Linear(32, 10),
    )
    opt = torch.optim.Adam(model.parameters(), lr=args.learning_rate)  # fault: lr-too-low
    for epoch in range(args.epochs):
        for rows in torch.randperm(len(x)).split(args.batch_size):
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            opt.zero_grad()
            loss.backward()
            opt.step()  # fault: lr-too-low
        print(f"epoch {epoch}: {loss.item():.4f}")


if __name__ == "__main__":
    main()
