"""Activity recognition from a csv: labels are read as floats."""
import io

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(3)
centres = rng.normal(size=(4, 6))
label = rng.integers(0, 4, 600)
csv = io.StringIO()
np.savetxt(csv, np.column_stack([centres[label] + 0.5 * rng.normal(size=(600, 6)), label]), delimiter=",")
csv.seek(0)
data = torch.tensor(np.loadtxt(csv, delimiter=","), dtype=torch.float32)
x, y = data[:, :-1], data[:, -1].long()

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 4))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(5):
    for xb, yb in DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
