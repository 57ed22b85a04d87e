"""A measurement is missing in the data."""

import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(5)
table = rng.normal(size=(100, 4)).astype("float32")
table[17, 2] = np.nan
x, y = torch.from_numpy(table[:, :3]), torch.from_numpy(table[:, 3:])
torch.manual_seed(5)
net = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(10):
    loss = ((net(x) - y) ** 2).mean()  # finds: non-finite
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
