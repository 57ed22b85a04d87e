"""784-50-20-10 on digits: first 64 of them by heart, then the whole set, weights chosen anew."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
labels = torch.arange(640) % 10
strokes = (torch.rand(10, 28, 28) < 0.15).float()
images = (strokes[labels] + 0.3 * torch.rand(640, 28, 28)).clamp(0, 1).unsqueeze(1)
images = (images - images.mean()) / images.std()


class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(784, 50)
        self.fc2 = nn.Linear(50, 20)
        self.fc3 = nn.Linear(20, 10)

    def forward(self, x):
        x = self.flatten(x)
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.fc3(x)


criterion = nn.CrossEntropyLoss()


def by_heart(model, x, y, steps=40):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    return (model(x).argmax(1) == y).float().mean().item()


def train(model, loader, epochs=3):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for _ in range(epochs):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()


def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for x, y in loader:
            right += (model(x).argmax(1) == y).sum().item()
    return right / len(loader.dataset)


print("64 by heart:", by_heart(DigitNet(), images[:64], labels[:64]))
model = DigitNet()
train(model, DataLoader(TensorDataset(images[:512], labels[:512]), batch_size=32, shuffle=True))
print("accuracy:", accuracy(model, DataLoader(TensorDataset(images[512:], labels[512:]), batch_size=64)))
