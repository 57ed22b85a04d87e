import torch
from torch import nn
from sklearn.datasets import load_wine
from torch.utils.data import DataLoader, Subset, TensorDataset

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
ds = TensorDataset(torch.tensor((X - X.mean(0)) / X.std(0)).float(), torch.tensor(y))
perm = torch.randperm(len(ds)).tolist()
train_ds = Subset(ds, perm[:140])
val_ds = Subset(ds, perm[140:])
train_loader = DataLoader(train_ds, batch_size=20, shuffle=True)
val_loader = DataLoader(val_ds, batch_size=19)

net = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(8):
    for xb, yb in train_loader:
        loss = nn.functional.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    right = 0
    with torch.no_grad():
        for xb, yb in val_loader:
            right += (net(xb).argmax(1) == yb).sum().item()
    net.train()
    print("epoch", epoch, "val acc", right / len(val_ds))
