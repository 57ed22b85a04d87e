import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def get_data(n):
    x = torch.randn(n, 10) * torch.arange(1, 11)
    return TensorDataset(x, (x[:, 3] + x[:, 7] > 1).float().unsqueeze(1))


def evaluate(model, loader):
    total = right = 0
    with torch.no_grad():  # fault: missing-eval-mode
        for x, y in loader:
            right += ((model(x) > 0).float() == y).sum().item()  # fault: missing-eval-mode
            total += len(y)
    return right / total


def train_epoch(model, loader, optimizer, loss_fn):
    model.train()
    for x, y in loader:
        optimizer.zero_grad(set_to_none=True)
        loss_fn(model(x), y).backward()
        optimizer.step()


def main():
    torch.manual_seed(17)
    train_loader = DataLoader(get_data(640), batch_size=32, shuffle=True)
    val_loader = DataLoader(get_data(120), batch_size=4)
    model = nn.Sequential(
        nn.Linear(10, 32), nn.BatchNorm1d(32), nn.ReLU(),
        nn.Linear(32, 16), nn.BatchNorm1d(16), nn.ReLU(),
        nn.Linear(16, 1),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    loss_fn = nn.BCEWithLogitsLoss()
    for epoch in range(4):
        train_epoch(model, train_loader, optimizer, loss_fn)
        print("epoch", epoch, "validation accuracy", evaluate(model, val_loader))


if __name__ == "__main__":
    main()
