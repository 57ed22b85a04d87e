import torch
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn, optim

torch.manual_seed(4)
X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=4, stratify=y)
sc = StandardScaler().fit(X_train)
X_train = torch.tensor(sc.transform(X_train), dtype=torch.float32)
X_test = torch.tensor(sc.transform(X_test), dtype=torch.float32)
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)


class IrisNet(nn.Module):
    def __init__(self, hidden=12):
        super().__init__()
        self.hidden = nn.Linear(4, hidden)
        self.out = nn.Linear(hidden, 3)

    def forward(self, x):
        return self.out(torch.tanh(self.hidden(x)))


net = IrisNet()
opt = optim.SGD(net.parameters(), lr=0.05)
crit = nn.CrossEntropyLoss()
batch = 10
for epoch in range(40):
    order = torch.randperm(len(X_train))
    for start in range(0, len(order), batch):
        idx = order[start:start + batch]
        opt.zero_grad()
        loss = crit(net(X_train[idx]), y_train[idx])
        loss.backward()
        opt.step()
    if epoch % 10 == 9:
        with torch.no_grad():
            acc = (net(X_test).argmax(1) == y_test).float().mean()
        print(f"{epoch + 1:3d}  loss {loss.item():.3f}  test accuracy {acc:.2f}")
