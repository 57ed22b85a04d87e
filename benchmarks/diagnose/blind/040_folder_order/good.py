"""Shapes drawn into small images, listed folder by folder."""
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Shapes(Dataset):
    """As torchvision's ImageFolder gives them: first all of class 0, then all of class 1, ..."""

    def __init__(self, per_class, seed):
        g = torch.Generator().manual_seed(seed)
        self.images, self.labels = [], []
        for label in range(4):
            for _ in range(per_class):
                img = 0.4 * torch.randn(1, 12, 12, generator=g)
                r, c = torch.randint(1, 7, (2,), generator=g).tolist()
                if label == 0:
                    img[0, r:r + 4, c:c + 4] += 1
                elif label == 1:
                    img[0, r, c:c + 5] += 2
                elif label == 2:
                    img[0, r:r + 5, c] += 2
                else:
                    img[0, range(r, r + 5), range(c, c + 5)] += 2
                self.images.append(img)
                self.labels.append(label)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.images[i], self.labels[i]


torch.manual_seed(0)
train = DataLoader(Shapes(300, 0), batch_size=30, shuffle=True)
test = DataLoader(Shapes(50, 1), batch_size=50)
net = nn.Sequential(nn.Conv2d(1, 12, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(192, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for epoch in range(4):
    for images, labels in train:
        loss = nn.functional.cross_entropy(net(images), labels)
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        hits = sum((net(i).argmax(1) == l).sum().item() for i, l in test)
    print(f"epoch {epoch}: last loss {loss.item():.3f}, test accuracy {hits / 200:.2f}")
