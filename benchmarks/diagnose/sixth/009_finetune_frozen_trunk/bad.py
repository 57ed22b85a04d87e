"""Pretrain on digits 0-4, then keep the trunk as it is and learn a new head for 5-9, seen with less contrast."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
digits = load_digits()
x = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
y = torch.tensor(digits.target)
old, new = y < 5, y >= 5
base = DataLoader(TensorDataset(x[old], y[old]), batch_size=32, shuffle=True)
target = DataLoader(TensorDataset(x[new] * 0.4 + 0.3, y[new] - 5), batch_size=32, shuffle=True, drop_last=True)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten(),
        )
        self.head = nn.Linear(32 * 16, 5)

    def forward(self, x):
        return self.head(self.trunk(x))


def run_epoch(model, loader, optimizer):
    total = 0.0
    for xb, yb in loader:
        loss = nn.functional.cross_entropy(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(2):
    model.train()
    print("base", epoch, round(run_epoch(model, base, optimizer), 4))

for p in model.trunk.parameters():
    p.requires_grad_(False)
model.head = nn.Linear(32 * 16, 5)
optimizer = torch.optim.Adam(model.head.parameters(), lr=2e-3)
before = model.trunk[1].running_mean.clone()
for epoch in range(3):
    model.train()  # fault: frozen-params-change
    print("new ", epoch, round(run_epoch(model, target, optimizer), 4))
print("the trunk's statistics moved by", (model.trunk[1].running_mean - before).abs().max().item())
