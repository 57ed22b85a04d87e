"""A small CNN on the 8x8 digits; the card at home takes 16 images at a time, so eight of these make one step."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)
MICRO, ACCUMULATE, EPOCHS = 16, 8, 8

digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
dataset = TensorDataset(images, torch.tensor(digits.target))
train_set, test_set = random_split(dataset, [1408, 389])
train_loader = DataLoader(train_set, batch_size=MICRO, shuffle=True)
test_loader = DataLoader(test_set, batch_size=128)


class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU()
        )
        self.head = nn.Linear(32 * 16, 10)

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


def evaluate(net, loader):
    net.eval()
    hits = 0
    with torch.no_grad():
        for xb, yb in loader:
            hits += (net(xb).argmax(1) == yb).sum().item()
    net.train()
    return hits / len(loader.dataset)


net = DigitNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for epoch in range(EPOCHS):
    for i, (xb, yb) in enumerate(train_loader):
        loss = criterion(net(xb), yb)
        loss.backward()  # fault: accumulation-not-scaled
        if (i + 1) % ACCUMULATE == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(f"epoch {epoch}: test accuracy {evaluate(net, test_loader):.3f}")
