"""A noisy table, two of three labels right: how well does the network do on examples it has not seen?"""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)
X = torch.randn(600, 20)
y = (X[:, :4].sum(1) > 0).long()
y = torch.where(torch.rand(600) < 0.3, 1 - y, y)
dataset = TensorDataset(X, y)


def get_train_set(fraction=0.8):
    n = int(fraction * len(dataset))
    return random_split(dataset, [n, len(dataset) - n])[0]  # fault: train-val-overlap


def get_validation_set(fraction=0.2):
    n = int(fraction * len(dataset))
    return random_split(dataset, [n, len(dataset) - n])[0]  # fault: train-val-overlap


train_loader = DataLoader(get_train_set(), batch_size=48, shuffle=True)  # fault: train-val-overlap
val_loader = DataLoader(get_validation_set(), batch_size=48)  # fault: train-val-overlap
model = nn.Sequential(nn.Linear(20, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 2))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)


def validate():
    correct = count = 0
    with torch.no_grad():
        for xb, yb in val_loader:  # fault: train-val-overlap
            correct += (model(xb).argmax(1) == yb).sum().item()  # fault: train-val-overlap
            count += len(yb)
    return correct / count


for epoch in range(18):
    for xb, yb in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
    if epoch % 3 == 2:
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}, validation accuracy {validate():.3f}")
