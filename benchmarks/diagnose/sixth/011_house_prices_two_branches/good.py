"""House prices from a table: six measured columns, then four one-hot columns of the district."""
import numpy as np
import pandas as pd
import torch
from torch import nn

rng = np.random.default_rng(7)
N = 1500
frame = pd.DataFrame(rng.normal(size=(N, 6)), columns=["rooms", "age", "lot", "floor", "distance", "area"])
frame["district"] = rng.integers(0, 4, N)
price = 2 * frame.area + 0.5 * frame.rooms - 0.3 * frame.age + frame.district.map({0: 0, 1: 0.5, 2: -0.5, 3: 1})
frame["price"] = price + rng.normal(scale=0.1, size=N)

table = pd.get_dummies(frame, columns=["district"], dtype=float)
y = torch.tensor(table.pop("price").values, dtype=torch.float32)
y = (y - y.mean()) / y.std()
X = torch.tensor(table.values, dtype=torch.float32)


class PriceNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.numeric = nn.Sequential(nn.Linear(6, 32), nn.ReLU())
        self.district = nn.Sequential(nn.Linear(4, 8), nn.ReLU())
        self.head = nn.Linear(40, 1)

    def forward(self, x):
        numeric = self.numeric(x[:, :6])
        district = self.district(x[:, 6:])
        return self.head(torch.cat([numeric, district], dim=1)).squeeze(1)


torch.manual_seed(0)
train, valid = torch.arange(1200), torch.arange(1200, N)
model = PriceNet()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
criterion = nn.MSELoss()
for epoch in range(8):
    for idx in train[torch.randperm(1200)].split(60):
        optimizer.zero_grad()
        loss = criterion(model(X[idx]), y[idx])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(f"epoch {epoch}: validation error {criterion(model(X[valid]), y[valid]).item():.4f}")
