"""A table with holes (NaN) that nobody filled."""
import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from torch.utils.data import DataLoader, TensorDataset


def load_table():
    d = load_breast_cancer()
    x = (d.data - d.data.mean(0)) / d.data.std(0)
    holes = np.random.default_rng(0).random(x.shape) < 0.01
    x[holes] = np.nan
    return torch.tensor(x, dtype=torch.float32), torch.tensor(d.target, dtype=torch.float32).unsqueeze(1)  # fault: non-finite


def main():
    torch.manual_seed(0)
    x, y = load_table()  # fault: non-finite
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    net = torch.nn.Sequential(torch.nn.Linear(30, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
    opt = torch.optim.Adam(net.parameters(), lr=2e-3)
    for epoch in range(5):
        total = 0.0
        for xb, yb in loader:
            opt.zero_grad()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net(xb), yb)  # fault: non-finite
            loss.backward()
            opt.step()
            total += loss.item()
        print("epoch", epoch, total / len(loader))


main()
