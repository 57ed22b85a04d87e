import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 4 * 4, 120)  # fault: shape-mismatch
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 4)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))  # fault: shape-mismatch
        x = F.relu(self.fc2(x))
        return self.fc3(x)


torch.manual_seed(0)
labels = torch.randint(0, 4, (400,))
images = torch.randn(400, 3, 32, 32) * 0.3
for k in range(4):  # each class has its corner
    r, c = 16 * (k // 2), 16 * (k % 2)
    images[labels == k, :, r:r + 16, c:c + 16] += 0.5
net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
for epoch in range(6):
    running_loss = 0.0
    for i in range(0, 400, 20):
        optimizer.zero_grad()
        outputs = net(images[i:i + 20])
        loss = criterion(outputs, labels[i:i + 20])
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    print(f"[{epoch + 1}] loss: {running_loss / 20:.3f}")
print("Finished Training")
