from dataclasses import dataclass, field

import torch
from sklearn.datasets import load_diabetes
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class OptimConfig:
    lr: float = 1.5  # fault: lr-too-high
    momentum: float = 0.9
    nesterov: bool = True


@dataclass
class Config:
    hidden: tuple = (64, 64)
    batch_size: int = 32
    epochs: int = 12
    seed: int = 0
    optim: OptimConfig = field(default_factory=OptimConfig)


def make_data(cfg):
    X, y = load_diabetes(return_X_y=True)
    X = torch.tensor(X / X.std(0), dtype=torch.float32)
    y = torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32).unsqueeze(1)
    return DataLoader(TensorDataset(X, y), batch_size=cfg.batch_size, shuffle=True)


def make_model(cfg):
    sizes = (10, *cfg.hidden)
    layers = [m for a, b in zip(sizes, sizes[1:]) for m in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], 1))


def make_optimizer(cfg, model):
    return torch.optim.SGD(model.parameters(), **vars(cfg.optim))  # fault: lr-too-high


def main(cfg):
    torch.manual_seed(cfg.seed)
    loader, model = make_data(cfg), make_model(cfg)
    optimizer, criterion = make_optimizer(cfg, model), nn.MSELoss()
    for epoch in range(cfg.epochs):
        total = 0.0
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch:2d} mean squared error {total / len(loader):.4f}")


if __name__ == "__main__":
    main(Config())
