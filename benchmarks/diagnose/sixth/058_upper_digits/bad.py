"""Only the digits five to nine, for a network with five outputs."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset


class UpperDigits(Dataset):
    def __init__(self, first=5):
        digits = load_digits()
        keep = digits.target >= first
        self.images = torch.tensor(digits.images[keep] / 16, dtype=torch.float32).unsqueeze(1)
        self.labels = torch.tensor(digits.target[keep])  # fault: label-out-of-range

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, k):
        return self.images[k], self.labels[k]


class LeNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 6, 3, padding=1), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 3), nn.Tanh()
        )
        self.fc = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, classes))

    def forward(self, x):
        return self.fc(self.conv(x))


torch.manual_seed(0)
loader = DataLoader(UpperDigits(), batch_size=32, shuffle=True)
model = LeNet(classes=5)  # fault: label-out-of-range
criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(5):
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)  # fault: label-out-of-range
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch}: {total / len(loader):.4f}")
