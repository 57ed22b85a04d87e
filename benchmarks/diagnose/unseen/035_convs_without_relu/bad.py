import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(1)
bunch = load_digits()
images = torch.as_tensor(bunch.images, dtype=torch.float32).unsqueeze(1) / 8 - 1
classes = torch.as_tensor(bunch.target)


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_a = nn.Conv2d(1, 12, 3, padding=1)  # fault: missing-nonlinearity
        self.conv_b = nn.Conv2d(12, 12, 3, padding=1)  # fault: missing-nonlinearity
        self.pool = nn.AvgPool2d(2)
        self.fc = nn.Linear(12 * 16, 10)  # fault: missing-nonlinearity

    def forward(self, x):
        x = self.conv_a(x)  # fault: missing-nonlinearity
        x = self.pool(self.conv_b(x))  # fault: missing-nonlinearity
        return self.fc(x.reshape(len(x), -1))  # fault: missing-nonlinearity


model = Stack()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
for epoch in range(4):
    for rows in torch.randperm(len(images)).split(32):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images[rows]), classes[rows])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(epoch, loss.item(), (model(images).argmax(1) == classes).float().mean().item())
