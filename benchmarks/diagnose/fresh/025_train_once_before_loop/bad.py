import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(12)
d = load_digits()
ds = TensorDataset(torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target))
train_ds, val_ds = random_split(ds, [1400, 397])
train_dl, val_dl = DataLoader(train_ds, 70, shuffle=True), DataLoader(val_ds, 397)
net = nn.Sequential(
    nn.Linear(64, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.4),
    nn.Linear(128, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.4),
    nn.Linear(64, 10),
)
ce = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

net.train()  # fault: missing-train-mode
for epoch in range(8):
    for xb, yb in train_dl:  # fault: missing-train-mode
        opt.zero_grad()
        loss = ce(net(xb), yb)  # fault: missing-train-mode
        loss.backward()
        opt.step()
    net.eval()  # fault: missing-train-mode
    with torch.no_grad():
        correct = sum((net(xb).argmax(1) == yb).sum().item() for xb, yb in val_dl)
    print(f"epoch {epoch}  train loss {loss.item():.3f}  val acc {correct / len(val_ds):.3f}")
