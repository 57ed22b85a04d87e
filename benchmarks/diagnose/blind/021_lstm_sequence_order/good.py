"""Which of two people is walking? LSTM over accelerometer windows (generated)."""
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Gait(nn.Module):
    def __init__(self, channels=3, hidden=32):
        super().__init__()
        self.lstm = nn.LSTM(channels, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 2)

    def forward(self, x):  # x: (batch, time, channels)
        out, _ = self.lstm(x)
        return self.fc(out[:, -1, :])


def recordings(n):
    t = torch.arange(24) / 24
    who = torch.randint(0, 2, (n,))
    freq = torch.where(who == 0, 2.0, 3.0) + 0.15 * torch.randn(n)
    phase = torch.rand(n, 3) * 2 * math.pi
    wave = torch.sin(2 * math.pi * freq[:, None, None] * t[None, :, None] + phase[:, None, :])
    return TensorDataset(wave + 0.3 * torch.randn_like(wave), who)


torch.manual_seed(10)
model = Gait()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
train_loader = DataLoader(recordings(1280), batch_size=64, shuffle=True, drop_last=True)
test = recordings(256)
for epoch in range(8):
    for x, who in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), who)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        acc = (model(test.tensors[0]).argmax(1) == test.tensors[1]).float().mean().item()
    print(f"epoch {epoch} loss {loss.item():.3f} test {acc:.3f}")
