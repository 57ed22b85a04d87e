"""Images are loaded folder by folder, as ImageFolder does."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset


class DigitFolders(Dataset):
    """One folder a digit: all zeros, then all ones, ..."""

    def __init__(self, train=True):
        digits = load_digits()
        self.samples = []
        for digit in range(10):
            pictures = digits.images[digits.target == digit]
            pictures = pictures[:140] if train else pictures[140:]
            self.samples += [(torch.tensor(p).float() / 16, digit) for p in pictures]

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


torch.manual_seed(4)
train_loader = DataLoader(DigitFolders(True), batch_size=35)  # fault: unshuffled-training-data
test_loader = DataLoader(DigitFolders(False), batch_size=100)
model = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
for epoch in range(5):
    model.train()
    for images, labels in train_loader:  # fault: unshuffled-training-data
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, labels in test_loader:
            correct += (model(images).argmax(1) == labels).sum().item()
    print(epoch, loss.item(), correct / len(test_loader.dataset))
