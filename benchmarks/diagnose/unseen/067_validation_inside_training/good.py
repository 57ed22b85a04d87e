import torch
from torch import nn
from sklearn.datasets import load_breast_cancer
from torch.utils.data import DataLoader, Subset, TensorDataset

torch.manual_seed(0)
x, y = load_breast_cancer(return_X_y=True)
x = (x - x.mean(0)) / x.std(0)
full = TensorDataset(torch.tensor(x).float(), torch.tensor(y))
indices = torch.randperm(len(full)).tolist()
train_loader = DataLoader(Subset(full, indices[:-120]), batch_size=32, shuffle=True)
val_loader = DataLoader(Subset(full, indices[-120:]), batch_size=60)


class Clf(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(30, 40), nn.ReLU(), nn.Linear(40, 2))

    def forward(self, x):
        return self.f(x)


clf = Clf()
opt = torch.optim.Adam(clf.parameters(), lr=1e-3)
for epoch in range(12):
    clf.train()
    for xb, yb in train_loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(clf(xb), yb)
        loss.backward()
        opt.step()
    clf.eval()
    with torch.no_grad():
        ok = sum((clf(a).argmax(1) == b).sum().item() for a, b in val_loader)
    if epoch % 3 == 2:
        print(f"epoch {epoch + 1} loss {loss.item():.3f} val acc {ok / 120:.3f}")
