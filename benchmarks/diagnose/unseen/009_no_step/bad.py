import argparse
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


class Regressor(nn.Module):
    def __init__(self, n_in, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(n_in, width), nn.GELU(), nn.Linear(width, width), nn.GELU(),
                                    nn.Linear(width, 1))

    def forward(self, x):
        return self.layers(x).squeeze(-1)


def get_loaders(n, batch_size):
    g = torch.Generator().manual_seed(0)
    x = torch.rand(n, 5, generator=g) * 2 - 1
    y = torch.sin(3 * x[:, 0]) + x[:, 1] ** 2 - x[:, 2] * x[:, 3]
    train, val = random_split(TensorDataset(x, y), [n - n // 5, n // 5], generator=g)
    return DataLoader(train, batch_size, shuffle=True), DataLoader(val, batch_size)


def evaluate(model, loader):
    model.eval()
    with torch.no_grad():
        errs = [nn.functional.mse_loss(model(x), y, reduction="sum") for x, y in loader]
    return (sum(errs) / len(loader.dataset)).item()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--width", type=int, default=48)
    p.add_argument("--epochs", type=int, default=10)
    p.add_argument("--lr", type=float, default=3e-3)
    a = p.parse_args()
    torch.manual_seed(0)
    train, val = get_loaders(2000, 64)
    model = Regressor(5, a.width)
    optimizer = torch.optim.AdamW(model.parameters(), lr=a.lr)  # fault: missing-optimizer-step
    for epoch in range(a.epochs):
        model.train()
        for x, y in train:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()  # fault: missing-optimizer-step
        print(f"epoch {epoch} val mse {evaluate(model, val):.4f}")


if __name__ == "__main__":
    main()
