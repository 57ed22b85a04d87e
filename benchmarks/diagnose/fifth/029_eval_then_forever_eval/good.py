import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import make_classification


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(25)
        self.fc1 = nn.Linear(25, 64)
        self.drop = nn.Dropout(0.3)
        self.fc2 = nn.Linear(64, 4)

    def forward(self, x):
        return self.fc2(self.drop(torch.relu(self.fc1(self.bn(x)))))


def evaluate(model, loader):
    model.eval()
    good = total = 0
    with torch.no_grad():
        for xb, yb in loader:
            good += (model(xb).argmax(1) == yb).sum().item()
            total += len(yb)
    return good / total


def run(epochs: int = 6):
    X, Y = make_classification(1500, 25, n_informative=12, n_classes=4, random_state=0)
    X, Y = torch.tensor(X).float(), torch.tensor(Y).long()
    train = DataLoader(TensorDataset(X[:1200], Y[:1200]), batch_size=40, shuffle=True)
    valid = DataLoader(TensorDataset(X[1200:], Y[1200:]), batch_size=300)
    model, loss_fn = Net(), nn.CrossEntropyLoss()
    opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)
    best = 0.0
    for epoch in range(epochs):
        model.train()
        for xb, yb in train:
            opt.zero_grad()
            loss = loss_fn(model(xb), yb)
            loss.backward()
            opt.step()
        best = max(best, evaluate(model, valid))
        print(epoch, loss.item(), best)


torch.manual_seed(0)
run()
