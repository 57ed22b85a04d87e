# my first neural network - handwritten digits
import os
import torch
import torch.nn as nn
from torchvision import datasets, transforms

train_data = datasets.MNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True, transform=transforms.ToTensor())
train_data = torch.utils.data.Subset(train_data, range(4000))
train_loader = torch.utils.data.DataLoader(train_data, batch_size=50, shuffle=True)

model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(784, 64),
    nn.ReLU(),
    nn.Linear(64, 10),
)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

for epoch in range(2):
    running = 0
    hits = 0
    for images, labels in train_loader:
        out = model(images)
        loss = loss_fn(out, labels)
        loss.backward()  # fault: missing-zero-grad
        optimizer.step()  # fault: missing-zero-grad
        running += loss.item()
        hits += (out.argmax(1) == labels).sum().item()
    print("epoch", epoch + 1, "loss", running / len(train_loader), "acc", hits / len(train_data))
