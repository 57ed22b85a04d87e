import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def make_table(n=1200, seed=0):
    """area [m2], rooms, year built, distance to the centre [m], income of the quarter [per year]"""
    r = np.random.default_rng(seed)
    area = r.uniform(30, 200, n)
    rooms = np.round(area / 28 + r.normal(0, 0.6, n)).clip(1)
    year = r.integers(1900, 2020, n)
    distance = r.uniform(100, 20000, n)
    income = r.uniform(18000, 90000, n)
    price = 0.02 * area + 0.1 * rooms + 0.004 * (year - 1900) - 0.0001 * distance + 0.00002 * income
    price = (price - price.mean()) / price.std()
    return np.stack([area, rooms, year, distance, income], 1).astype("float32"), price.astype("float32")


torch.manual_seed(0)
table, price = make_table()  # fault: unnormalized-inputs
x, y = torch.from_numpy(table), torch.from_numpy(price)[:, None]  # fault: unnormalized-inputs
loader = DataLoader(TensorDataset(x, y), batch_size=60, shuffle=True)  # fault: unnormalized-inputs
model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(12):
    total = 0.0
    for xb, yb in loader:
        loss = nn.functional.mse_loss(model(xb), yb)  # fault: unnormalized-inputs
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(xb)
    print(f"epoch {epoch}: mse {total / len(x):.4f}")
