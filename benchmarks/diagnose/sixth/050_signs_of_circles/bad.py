"""Inside or outside of the circle? Labels are -1 and 1, as the data came for a support vector machine."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Circle(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.points = rng.uniform(-1, 1, (n, 2)).astype(np.float32)
        inside = (self.points**2).sum(1) < 0.6
        self.signs = np.where(inside, 1, -1).astype(np.float32)

    def __len__(self):
        return len(self.points)

    def __getitem__(self, k):
        return self.points[k], self.signs[k]


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0))
criterion = nn.BCEWithLogitsLoss()  # fault: wrong-criterion
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
train = DataLoader(Circle(1500, 0), batch_size=75, shuffle=True)
test = DataLoader(Circle(400, 1), batch_size=400)
for epoch in range(8):
    for points, signs in train:
        optimizer.zero_grad()
        loss = criterion(net(points), signs)  # fault: wrong-criterion
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        points, signs = next(iter(test))
        right = (net(points).sign() == signs).float().mean().item()
    print(f"epoch {epoch}: loss {loss.item():.3f}, right {right:.3f}")
