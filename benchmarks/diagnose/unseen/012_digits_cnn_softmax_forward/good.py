import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)


class Digits(Dataset):
    def __init__(self, train=True):
        bunch = load_digits()
        cut = 1400
        part = slice(0, cut) if train else slice(cut, None)
        self.images = bunch.images[part] / 16
        self.labels = bunch.target[part]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.tensor(self.images[i], dtype=torch.float32)[None], int(self.labels[i])


class CNN(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(32 * 2 * 2, classes)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = x.view(x.size(0), -1)
        x = self.fc(x)
        return x


def test(net, loader):
    net.eval()
    ok = 0
    with torch.no_grad():
        for img, lab in loader:
            ok += (net(img).argmax(1) == lab).sum().item()
    net.train()
    return ok / len(loader.dataset)


net = CNN()
train_loader = DataLoader(Digits(True), batch_size=32, shuffle=True)
test_loader = DataLoader(Digits(False), batch_size=100)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(5):
    for img, lab in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(img), lab)
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "last loss", round(loss.item(), 3), "test acc", round(test(net, test_loader), 3))
