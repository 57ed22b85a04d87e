import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class XorNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(2, 16)
        self.hidden2 = nn.Linear(16, 16)
        self.output = nn.Linear(16, 2)

    def forward(self, x):
        x = self.hidden(x)  # fault: missing-nonlinearity
        x = self.hidden2(x)  # fault: missing-nonlinearity
        x = self.output(x)  # fault: missing-nonlinearity
        return x


def train_loop(dataloader, model, loss_fn, optimizer):
    model.train()
    for batch, (X, y) in enumerate(dataloader):
        pred = model(X)
        loss = loss_fn(pred, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    print(f"loss: {loss.item():>7f}")


def test_loop(dataloader, model):
    model.eval()
    correct = 0
    with torch.no_grad():
        for X, y in dataloader:
            correct += (model(X).argmax(1) == y).type(torch.float).sum().item()
    print(f"Accuracy: {100 * correct / len(dataloader.dataset):>0.1f}%")


torch.manual_seed(1)
X = torch.randn(600, 2)
y = ((X[:, 0] > 0) ^ (X[:, 1] > 0)).long()
train_dl = DataLoader(TensorDataset(X[:480], y[:480]), batch_size=32, shuffle=True)
test_dl = DataLoader(TensorDataset(X[480:], y[480:]), batch_size=64)
net = XorNet()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for t in range(8):
    train_loop(train_dl, net, nn.CrossEntropyLoss(), optimizer)
    test_loop(test_dl, net)
