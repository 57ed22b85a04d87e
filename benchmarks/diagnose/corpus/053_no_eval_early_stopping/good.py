import torch
from sklearn.datasets import load_diabetes
from torch import nn


class EarlyStopping:
    def __init__(self, patience):
        self.patience, self.best, self.bad = patience, float("inf"), 0

    def __call__(self, value):
        if value < self.best:
            self.best, self.bad = value, 0
        else:
            self.bad += 1
        return self.bad >= self.patience


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(10)
        self.l1 = nn.Linear(10, 40)
        self.do = nn.Dropout(p=0.3)
        self.l2 = nn.Linear(40, 1)

    def forward(self, x):
        return self.l2(self.do(torch.relu(self.l1(self.bn(x))))).squeeze(-1)


torch.manual_seed(40)
X, t = load_diabetes(return_X_y=True)
X, t = torch.tensor(X).float(), torch.tensor((t - 152) / 77).float()
perm = torch.randperm(len(X))
tr, va = perm[:340], perm[340:]
net, stopper = Net(), EarlyStopping(10)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(25):
    net.train()
    for idx in tr[torch.randperm(len(tr))].split(34):
        loss = nn.functional.mse_loss(net(X[idx]), t[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        val = nn.functional.mse_loss(net(X[va]), t[va]).item()
    if epoch % 5 == 0:
        print(f"{epoch} val {val:.3f}")
    if stopper(val):
        print("stopped at", epoch)
        break
print("best", stopper.best)
