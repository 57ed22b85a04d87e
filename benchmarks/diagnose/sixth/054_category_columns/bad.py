"""A table with two columns of category codes and three of numbers: embeddings for the former."""
import numpy as np
import pandas as pd
import torch
from torch import nn

rng = np.random.default_rng(0)
frame = pd.DataFrame(rng.normal(size=(1000, 3)), columns=["age", "income", "balance"])
frame["region"] = rng.integers(0, 6, 1000)
frame["product"] = rng.integers(0, 10, 1000)
buys = (frame["region"] % 2 + (frame["product"] > 4) + frame["income"]).to_numpy() > 1
NUMERIC, CODES = ["age", "income", "balance"], ["region", "product"]


def to_tensor(columns):
    return torch.tensor(frame[columns].to_numpy(), dtype=torch.float32)  # fault: dtype-mismatch


class TableNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.region = nn.Embedding(6, 3)
        self.product = nn.Embedding(10, 4)
        self.net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0))

    def forward(self, numbers, codes):
        parts = [numbers, self.region(codes[:, 0]), self.product(codes[:, 1])]  # fault: dtype-mismatch
        return self.net(torch.cat(parts, dim=1))


torch.manual_seed(0)
numbers, codes = to_tensor(NUMERIC), to_tensor(CODES)  # fault: dtype-mismatch
target = torch.tensor(buys, dtype=torch.float32)
model = TableNet()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(8):
    for idx in torch.randperm(1000).split(50):
        optimizer.zero_grad()
        loss = criterion(model(numbers[idx], codes[idx]), target[idx])  # fault: dtype-mismatch
        loss.backward()
        optimizer.step()
    print(epoch, round(loss.item(), 4))
