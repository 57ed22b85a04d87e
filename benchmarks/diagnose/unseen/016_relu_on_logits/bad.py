import os
import torch
import torch.nn as nn
import torchvision
import torchvision.transforms as T

torch.manual_seed(1)
tf = T.Compose([T.ToTensor(), T.Normalize((0.1307,), (0.3081,))])
mnist = torchvision.datasets.MNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True, transform=tf)
loader = torch.utils.data.DataLoader(torch.utils.data.Subset(mnist, list(range(3000))), batch_size=64, shuffle=True)


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(28 * 28, 50)
        self.fc2 = nn.Linear(50, 20)
        self.fc3 = nn.Linear(20, 10)
        self.relu = nn.ReLU()

    def forward(self, x):
        x = x.view(-1, 28 * 28)
        x = self.relu(self.fc1(x))
        x = self.relu(self.fc2(x))
        x = self.relu(self.fc3(x))  # fault: activation-before-cross-entropy
        return x


net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)

for epoch in range(3):
    running_loss = 0.0
    total = right = 0
    for i, data in enumerate(loader, 0):
        inputs, labels = data
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)  # fault: activation-before-cross-entropy
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
        right += (outputs.argmax(1) == labels).sum().item()
        total += labels.size(0)
    print("[%d] loss: %.3f accuracy: %.3f" % (epoch + 1, running_loss / len(loader), right / total))
print("Finished Training")
