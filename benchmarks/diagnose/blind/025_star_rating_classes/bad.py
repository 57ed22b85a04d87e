"""Predict one to five stars."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Stars(Dataset):
    def __init__(self, n=800):
        self.x = torch.randn(n, 15)
        score = self.x[:, :5].sum(1) + 0.3 * torch.randn(n)
        cuts = torch.tensor([-2.0, -0.7, 0.7, 2.0])
        self.stars = 1 + torch.bucketize(score, cuts)  # fault: label-out-of-range

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.stars[i]


torch.manual_seed(12)
loader = DataLoader(Stars(), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Linear(15, 32), nn.ReLU(), nn.Linear(32, 5))  # fault: label-out-of-range
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(3):
    for x, stars in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), stars)  # fault: label-out-of-range
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
