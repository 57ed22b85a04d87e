import torch
from torch import nn
from sklearn.datasets import load_breast_cancer

torch.manual_seed(25)
X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32).reshape(-1, 1)

clf = nn.Sequential(nn.Linear(30, 12), nn.ReLU(), nn.Linear(12, 1))
criterion = nn.BCEWithLogitsLoss()
opt = torch.optim.Adam(clf.parameters(), lr=0.01)
for epoch in range(60):
    out = clf(X)
    loss = criterion(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 15 == 0:
        print("epoch", epoch, "loss", loss.item(), "acc", ((clf(X) > 0) == (y > 0.5)).float().mean().item())
