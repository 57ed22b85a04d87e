import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
x = torch.tensor(d.data).float() / 16
y = torch.tensor(d.target)
train_dl = DataLoader(TensorDataset(x[:1400], y[:1400]), batch_size=50, shuffle=True)
test_dl = DataLoader(TensorDataset(x[1400:], y[1400:]), batch_size=100)
model = nn.Sequential(nn.Linear(64, 80), nn.BatchNorm1d(80), nn.ReLU(), nn.Dropout(0.3), nn.Linear(80, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
criterion = nn.CrossEntropyLoss()

model.train()
for epoch in range(5):
    for xb, yb in train_dl:
        out = model(xb)  # fault: missing-train-mode
        loss = criterion(out, yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()  # fault: missing-train-mode
    hits = 0
    with torch.no_grad():
        for xb, yb in test_dl:
            hits += (model(xb).argmax(1) == yb).sum().item()
    print("epoch", epoch, "accuracy", hits / len(test_dl.dataset))
