"""Two random choices of indices, made apart: the validation examples are partly those of the training."""

import torch
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

torch.manual_seed(1)
data = TensorDataset(torch.randn(300, 6), torch.randn(300, 1))


class Curve(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(6, 16)
        self.outer = nn.Linear(16, 1)

    def forward(self, x):
        return self.outer(torch.tanh(self.inner(x)))


def evaluate(model, loader):
    model.eval()
    with torch.no_grad():
        return sum(nn.functional.mse_loss(model(xb), yb).item() for xb, yb in loader) / len(loader)


def main():
    train_loader = DataLoader(Subset(data, torch.randperm(300)[:240].tolist()), batch_size=40, shuffle=True)
    val_loader = DataLoader(Subset(data, torch.randperm(300)[:60].tolist()), batch_size=30)  # finds: train-val-overlap
    model = Curve()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for epoch in range(4):
        model.train()
        for xb, yb in train_loader:
            optimizer.zero_grad()
            nn.functional.mse_loss(model(xb), yb).backward()
            optimizer.step()
        print(evaluate(model, val_loader))


main()
