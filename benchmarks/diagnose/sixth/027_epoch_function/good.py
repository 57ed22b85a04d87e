"""Handwritten digits with a function for an epoch, as a colleague's template has it."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
loader = DataLoader(
    TensorDataset(torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)), batch_size=128, shuffle=True
)


def setup(lr=1e-3):
    net = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
    return net, torch.optim.Adam(net.parameters(), lr=lr)


def run_epoch(net, optimizer, loader):
    total, hits = 0.0, 0
    for xb, yb in loader:
        scores = net(xb)
        loss = F.cross_entropy(scores, yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(yb)
        hits += (scores.argmax(1) == yb).sum().item()
    return total / len(loader.dataset), hits / len(loader.dataset)


net, optimizer = setup()
for epoch in range(10):
    loss, accuracy = run_epoch(net, optimizer, loader)
    print(f"epoch {epoch + 1:2d}: loss {loss:.3f}, accuracy {accuracy:.3f}")
