import torch
from torch import nn
from sklearn.datasets import load_wine
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
train = TensorDataset(torch.tensor(X[:-1]).float(), torch.tensor(y[:-1]))
loader = DataLoader(train, batch_size=16, shuffle=True)  # fault: batchnorm-tiny-batch


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(13, 32)
        self.bn1 = nn.BatchNorm1d(32)
        self.fc2 = nn.Linear(32, 3)

    def forward(self, x):
        return self.fc2(torch.relu(self.bn1(self.fc1(x))))  # fault: batchnorm-tiny-batch


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(10):
    for xb, yb in loader:
        loss = nn.functional.cross_entropy(net(xb), yb)  # fault: batchnorm-tiny-batch
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
