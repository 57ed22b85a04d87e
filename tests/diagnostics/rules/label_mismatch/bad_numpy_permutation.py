"""Inputs and labels of NumPy, each put into a random order of its own."""

import numpy as np
import torch
from torch import nn

rng = np.random.RandomState(0)
np.random.seed(0)
torch.manual_seed(0)
X = rng.randn(400, 6).astype(np.float32)
y = (X[:, 0] + X[:, 1] > 0).astype(np.int64) + (X[:, 2] > 0.5)
X = np.random.permutation(X)
y = np.random.permutation(y)  # finds: label-mismatch
x_train, y_train = torch.from_numpy(X), torch.from_numpy(y)
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(10):
    for i in range(0, 400, 40):
        loss = nn.functional.cross_entropy(net(x_train[i : i + 40]), y_train[i : i + 40])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
