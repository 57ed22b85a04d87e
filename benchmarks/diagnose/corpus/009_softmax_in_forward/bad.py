import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 8, 3, padding=1)
        self.c2 = nn.Conv2d(8, 16, 3, padding=1)
        self.fc = nn.Linear(16 * 2 * 2, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.c1(x)), 2)
        x = F.max_pool2d(F.relu(self.c2(x)), 2)
        x = x.view(x.size(0), -1)
        return F.softmax(self.fc(x), dim=1)  # fault: softmax-before-cross-entropy


def main():
    torch.manual_seed(0)
    digits = load_digits()
    images = torch.tensor(digits.images / 16.0, dtype=torch.float32).unsqueeze(1)
    labels = torch.tensor(digits.target)
    train = TensorDataset(images[:1400], labels[:1400])
    loader = DataLoader(train, batch_size=50, shuffle=True)
    net = ConvNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for epoch in range(5):
        running_loss = 0.0
        for i, (inputs, targets) in enumerate(loader, 0):
            optimizer.zero_grad()
            outputs = net(inputs)
            loss = criterion(outputs, targets)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        print("[%d] loss: %.3f" % (epoch + 1, running_loss / len(loader)))
    net.eval()
    with torch.no_grad():
        correct = (net(images[1400:]).argmax(1) == labels[1400:]).sum().item()
    print("Accuracy on held-out digits: %.1f %%" % (100 * correct / len(images[1400:])))


if __name__ == "__main__":
    main()
