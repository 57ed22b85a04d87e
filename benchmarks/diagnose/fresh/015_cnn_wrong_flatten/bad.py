import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class CifarLike(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(16 * 8 * 8, 64),  # fault: shape-mismatch
            nn.ReLU(),
            nn.Linear(64, 5),
        )

    def forward(self, x):
        x = self.features(x)
        return self.classifier(x)  # fault: shape-mismatch


torch.manual_seed(0)
y = torch.randint(0, 5, (320,))
x = 0.5 * torch.randn(320, 3, 32, 32)
for c in range(5):
    x[y == c, c % 3, 4 * c:4 * c + 8] += 1.0
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
model = CifarLike()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(3):
    for images, labels in loader:
        loss = nn.CrossEntropyLoss()(model(images), labels)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
