import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(7)


def dense(n_in, n_out):
    return nn.Sequential(nn.Linear(n_in, n_out), nn.ReLU())


class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.hidden = dense(8 * 4 * 4, 48)
        self.head = dense(48, 10)  # fault: activation-before-cross-entropy

    def forward(self, x):
        return self.head(self.hidden(self.conv(x).flatten(1)))  # fault: activation-before-cross-entropy


bunch = load_digits()
data = TensorDataset(torch.tensor(bunch.images, dtype=torch.float32).unsqueeze(1) / 16, torch.tensor(bunch.target))
train_set, val_set = random_split(data, [1400, len(data) - 1400])
model = DigitNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)

for epoch in range(5):
    model.train()
    for images, labels in DataLoader(train_set, batch_size=64, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(images), labels)  # fault: activation-before-cross-entropy
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        right = sum((model(i).argmax(1) == l).sum().item() for i, l in DataLoader(val_set, batch_size=200))
    print(f"{epoch}: loss {loss.item():.3f}, validation accuracy {right / len(val_set):.3f}")
