"""Pictures as they lie in folders: all zeros, then all ones, and so on up to the nines."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset


class FolderLike(Dataset):
    """What ImageFolder makes of folders 0, 1, ... 9."""

    def __init__(self, keep):
        digits = load_digits()
        self.samples = []
        for folder in range(10):
            for image, label in zip(digits.images, digits.target):
                if label == folder:
                    self.samples.append((torch.tensor(image / 16, dtype=torch.float32).unsqueeze(0), folder))
        self.samples = [s for k, s in enumerate(self.samples) if keep(k)]

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, k):
        return self.samples[k]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 12, 3, padding=1)
        self.fc = nn.Linear(12 * 16, 10)

    def forward(self, x):
        return self.fc(nn.functional.max_pool2d(torch.relu(self.conv(x)), 2).flatten(1))


torch.manual_seed(0)
train = DataLoader(FolderLike(lambda k: k % 5), batch_size=20, shuffle=True)
test = DataLoader(FolderLike(lambda k: k % 5 == 0), batch_size=60)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for epoch in range(2):
    for x, y in train:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        hits = sum((net(x).argmax(1) == y).sum().item() for x, y in test)
    print(f"epoch {epoch}: test accuracy {hits / len(test.dataset):.3f}")
