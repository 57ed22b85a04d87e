"""Both are put into the order of one seed; the number of examples is permuted, too."""

import numpy as np
import torch
from sklearn.utils import shuffle
from torch import nn

rng = np.random.RandomState(0)
torch.manual_seed(0)
X = rng.randn(400, 6).astype(np.float32)
y = (X[:, 0] + X[:, 1] > 0).astype(np.int64) + (X[:, 2] > 0.5)
X = np.random.RandomState(7).permutation(X)
y = np.random.RandomState(7).permutation(y)
X, y = shuffle(X, y)
X = shuffle(X, random_state=3)
y = shuffle(y, random_state=3)
order = np.random.permutation(len(X))
x_train, y_train = torch.from_numpy(X[order]), torch.from_numpy(y[order])
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(10):
    for i in range(0, 400, 40):
        loss = nn.functional.cross_entropy(net(x_train[i : i + 40]), y_train[i : i + 40])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
