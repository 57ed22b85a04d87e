"""MNIST from the raw files, bytes from 0 to 255, an MLP as in the first lesson."""
import os
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def read(name, skip):
    for folder in (os.environ.get("WORKBENCH_DATA", "data"), "data"):
        for path in Path(folder).rglob(name):
            return np.frombuffer(path.read_bytes(), np.uint8, offset=skip)
    raise SystemExit("no MNIST here")


images = read("train-images-idx3-ubyte", 16).reshape(-1, 784)[:4000]
labels = read("train-labels-idx1-ubyte", 8)[:4000]
x = torch.tensor(images, dtype=torch.float32)  # fault: unnormalized-inputs
y = torch.tensor(labels, dtype=torch.int64)
torch.manual_seed(0)
loader = DataLoader(TensorDataset(x[:3500], y[:3500]), batch_size=50, shuffle=True)
net = nn.Sequential(nn.Linear(784, 50), nn.Sigmoid(), nn.Linear(50, 20), nn.Sigmoid(), nn.Linear(20, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
for epoch in range(3):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)  # fault: unnormalized-inputs
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(epoch, loss.item(), (net(x[3500:]).argmax(1) == y[3500:]).float().mean().item())
