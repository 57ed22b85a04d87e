import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Waves(Dataset):
    """Four wave forms with noise, as from an accelerometer."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.y = torch.randint(0, 4, (n,), generator=g)
        t = torch.linspace(0, 4 * math.pi, 64)
        phase = torch.rand(n, 1, generator=g) * 6.28
        base = torch.sin(t + phase)
        forms = torch.stack([base, base.sign(), torch.sin(2 * t + phase), base.abs() - 0.6], 1)
        self.x = forms[torch.arange(n), self.y].unsqueeze(1) + 0.2 * torch.randn(n, 1, 64, generator=g)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class SensorNet(nn.Module):
    def __init__(self):
        super(SensorNet, self).__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(1, 8, 7, stride=2), nn.ReLU(), nn.Conv1d(8, 16, 5, stride=2), nn.ReLU(), nn.AdaptiveMaxPool1d(1)
        )
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        x = self.conv(x).flatten(1)
        x = self.fc(x)
        x = torch.tanh(x)  # fault: activation-before-cross-entropy
        return x


torch.manual_seed(0)
train, test = DataLoader(Waves(800, 0), 32, shuffle=True), DataLoader(Waves(200, 1), 100)
model = SensorNet()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(5):
    model.train()
    for x, y in train:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        correct = sum((model(x).argmax(1) == y).sum().item() for x, y in test)
    print(f"epoch {epoch}: loss {loss.item():.3f} acc {correct / 200:.3f}")
