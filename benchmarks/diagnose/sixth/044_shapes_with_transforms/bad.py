"""Circles and squares drawn with PIL, through torchvision transforms as one would read a folder of photographs."""
import random

import torch
from PIL import Image, ImageDraw
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

to_tensor = transforms.PILToTensor()  # fault: unnormalized-inputs
train_transform = transforms.Compose([transforms.RandomHorizontalFlip(), to_tensor])


def draw(label, rng):
    picture = Image.new("L", (24, 24), rng.randint(0, 60))
    x, y, size = rng.randint(1, 10), rng.randint(1, 10), rng.randint(8, 12)
    pen = ImageDraw.Draw(picture)
    shape = pen.ellipse if label else pen.rectangle
    shape((x, y, x + size, y + size), fill=rng.randint(120, 255))
    return picture


class Shapes(Dataset):
    def __init__(self, n, seed, transform):
        rng = random.Random(seed)
        self.items = [(draw(k % 2, rng), k % 2) for k in range(n)]
        self.transform = transform

    def __len__(self):
        return len(self.items)

    def __getitem__(self, k):
        picture, label = self.items[k]
        return self.transform(picture).float(), label  # fault: unnormalized-inputs


random.seed(0)
torch.manual_seed(0)
loader = DataLoader(Shapes(800, 0, train_transform), batch_size=40, shuffle=True)
model = nn.Sequential(
    nn.Conv2d(1, 8, 5, stride=2), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2), nn.ReLU(), nn.Flatten(),
    nn.Linear(16 * 16, 32), nn.ReLU(), nn.Linear(32, 2),
)
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
for epoch in range(8):
    hits = 0
    for x, y in loader:
        scores = model(x)  # fault: unnormalized-inputs
        loss = nn.functional.cross_entropy(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        hits += (scores.argmax(1) == y).sum().item()
    print(f"epoch {epoch}: training accuracy {hits / 800:.3f}")
