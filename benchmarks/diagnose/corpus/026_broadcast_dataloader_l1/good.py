import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader


class HouseDataset(Dataset):
    """Invented houses: area, rooms, age, distance -> price."""

    def __init__(self, n=600, seed=0):
        rng = np.random.default_rng(seed)
        self.x = rng.normal(size=(n, 4)).astype(np.float32)
        price = 3 * self.x[:, 0] + self.x[:, 1] - 0.5 * self.x[:, 2] * self.x[:, 0] - self.x[:, 3]
        self.y = (price + 0.1 * rng.normal(size=n)).astype(np.float32)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, k):
        return self.x[k], self.y[k]


class PriceModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x):
        return self.layers(x).squeeze()


def fit(epochs=10):
    torch.manual_seed(0)
    model, criterion = PriceModel(), nn.L1Loss()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    loader = DataLoader(HouseDataset(), batch_size=40, shuffle=True)
    for epoch in range(epochs):
        total = 0.0
        for features, price in loader:
            optimizer.zero_grad()
            loss = criterion(model(features), price)
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch} mean abs error {total / len(loader):.3f}")


if __name__ == "__main__":
    fit()
