import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset


class PairDataset(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        same = torch.rand(()) < 0.5
        while True:
            j = int(torch.randint(0, len(self), ()))
            if (self.labels[i] == self.labels[j]) == same:
                return self.images[i], self.images[j], same.float()


class SiameseNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.ReLU())
        self.fc = nn.Sequential(nn.Linear(256, 32), nn.ReLU(), nn.Linear(32, 8))

    def embed(self, x):
        return self.fc(self.cnn(x).flatten(1))

    def forward(self, a, b):
        return self.embed(a), self.embed(b)


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=1.0):
        super().__init__()
        self.margin = margin

    def forward(self, a, b, same):
        d = F.pairwise_distance(a, b)
        return (same * d.pow(2) + (1 - same) * F.relu(self.margin - d).pow(2)).mean()


torch.manual_seed(1)
digits = load_digits()
data = PairDataset(torch.tensor(digits.images).float()[:, None] / 16, torch.tensor(digits.target))
net, criterion = SiameseNetwork(), ContrastiveLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(3):
    for a, b, same in DataLoader(data, batch_size=64, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(*net(a, b), same)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
