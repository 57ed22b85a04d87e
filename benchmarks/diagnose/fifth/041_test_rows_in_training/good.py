import torch
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

X, y = load_breast_cancer(return_X_y=True)
dataset = TensorDataset(torch.tensor(StandardScaler().fit_transform(X)).float(), torch.tensor(y).long())
torch.manual_seed(0)
order = torch.randperm(len(dataset)).tolist()
train_loader = DataLoader(Subset(dataset, order[:400]), batch_size=25, shuffle=True)
test_loader = DataLoader(Subset(dataset, order[400:]), batch_size=100)

net = nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
loss_function = nn.CrossEntropyLoss()


def test():
    net.eval()
    right = 0
    with torch.no_grad():
        for features, label in test_loader:
            right += int((net(features).argmax(1) == label).sum())
    return right / len(test_loader.dataset)


for epoch in range(8):
    net.train()
    for features, label in train_loader:
        optimizer.zero_grad()
        loss_function(net(features), label).backward()
        optimizer.step()
    print("epoch %d: test accuracy %.3f" % (epoch, test()))
