"""Digits as grey pictures, through torchvision transforms as one would read a folder of photographs."""
import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

to_tensor = transforms.PILToTensor()  # fault: unnormalized-inputs
train_transform = transforms.Compose([transforms.RandomAffine(5, translate=(0.05, 0.05)), to_tensor])


class Pictures(Dataset):
    def __init__(self, transform):
        digits = load_digits()
        grey = (digits.images * 15.9).astype(np.uint8)
        self.items = [(Image.fromarray(g), int(label)) for g, label in zip(grey, digits.target)]
        self.transform = transform

    def __len__(self):
        return len(self.items)

    def __getitem__(self, k):
        picture, label = self.items[k]
        return self.transform(picture).float(), label  # fault: unnormalized-inputs


torch.manual_seed(0)
loader = DataLoader(Pictures(train_transform), batch_size=40, shuffle=True)
model = nn.Sequential(
    nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12 * 16, 48), nn.ReLU(),
    nn.Linear(48, 10),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
for epoch in range(4):
    hits = 0
    for x, y in loader:
        scores = model(x)  # fault: unnormalized-inputs
        loss = nn.functional.cross_entropy(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        hits += (scores.argmax(1) == y).sum().item()
    print(f"epoch {epoch}: training accuracy {hits / len(loader.dataset):.3f}")
