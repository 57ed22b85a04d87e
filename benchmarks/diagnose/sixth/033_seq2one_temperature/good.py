"""Temperature of the next hour, from a day of weather, with a GRU."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(1)
hours = np.arange(24 * 90)
temperature = 12 + 6 * np.sin(hours * 2 * np.pi / 24) + 4 * np.sin(hours / 300) + rng.normal(0, 0.5, len(hours))
humidity = 60 - 2 * (temperature - 12) + rng.normal(0, 3, len(hours))
table = np.stack([temperature, humidity], 1)
table = torch.tensor((table - table.mean(0)) / table.std(0), dtype=torch.float32)
days = table.unfold(0, 25, 1).transpose(1, 2)
past, following = days[:, :24], days[:, 24, :1]


class WeatherGRU(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.gru = nn.GRU(2, hidden, batch_first=True)
        self.dense = nn.Linear(hidden, 16)
        self.out = nn.Linear(16, 1)

    def forward(self, x):
        _, last = self.gru(x)
        h = torch.relu(self.dense(last.squeeze(0)))
        return self.out(h)


torch.manual_seed(0)
loader = DataLoader(TensorDataset(past[:1800], following[:1800]), batch_size=60, shuffle=True)
model = WeatherGRU()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(6):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        print(epoch, "test error", round(criterion(model(past[1800:]), following[1800:]).item(), 4))
