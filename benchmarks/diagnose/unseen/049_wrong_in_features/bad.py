import os
import torch
import torch.nn as nn
from torchvision import datasets, transforms

train = datasets.FashionMNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True, download=True, transform=transforms.ToTensor())
loader = torch.utils.data.DataLoader(torch.utils.data.Subset(train, range(2000)), batch_size=50, shuffle=True)


class FashionCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2))
        self.layer2 = nn.Sequential(nn.Conv2d(8, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2))
        self.fc1 = nn.Linear(16 * 7 * 7, 60)  # fault: shape-mismatch
        self.drop = nn.Dropout(0.25)
        self.fc2 = nn.Linear(60, 10)

    def forward(self, x):
        out = self.layer1(x)
        out = self.layer2(out)
        out = out.view(out.size(0), -1)
        out = torch.relu(self.fc1(out))  # fault: shape-mismatch
        return self.fc2(self.drop(out))


model = FashionCNN()
error = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
for epoch in range(2):
    correct = 0
    for images, labels in loader:
        outputs = model(images)
        loss = error(outputs, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        correct += (outputs.argmax(1) == labels).sum().item()
    print("epoch", epoch, "loss", loss.item(), "accuracy", correct / 2000)
