import os
import torch
import torch.nn as nn
import torchvision

torch.manual_seed(0)
train = torchvision.datasets.MNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True)
x_train = train.data[:4000].float().reshape(-1, 784)  # fault: unnormalized-inputs
y_train = train.targets[:4000]


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin1 = nn.Linear(784, 64)
        self.lin2 = nn.Linear(64, 10)

    def forward(self, x):
        return self.lin2(torch.sigmoid(self.lin1(x)))


model = Classifier()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
criterion = nn.CrossEntropyLoss()
for epoch in range(6):
    p = torch.randperm(4000)
    for i in range(0, 4000, 100):
        xb, yb = x_train[p[i:i + 100]], y_train[p[i:i + 100]]  # fault: unnormalized-inputs
        loss = criterion(model(xb), yb)  # fault: unnormalized-inputs
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    acc = (model(x_train).argmax(1) == y_train).float().mean().item()
    print(f"epoch {epoch} loss {loss.item():.3f} acc {acc:.3f}")
