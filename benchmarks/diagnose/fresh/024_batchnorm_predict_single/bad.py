"""Credit default: batch norm, and a predict function that gets one customer at a time."""
import torch
import torch.nn as nn

torch.manual_seed(6)
X = torch.randn(1400, 12) * torch.linspace(0.5, 2, 12)
y = ((X[:, 0] * X[:, 1] + X[:, 2] - 0.5 * X[:, 3].abs()) > 0).long()
X_train, y_train, X_hold, y_hold = X[:1200], y[:1200], X[1200:], y[1200:]


class CreditNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.block1 = nn.Sequential(nn.Linear(12, 64), nn.BatchNorm1d(64), nn.ReLU())
        self.block2 = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU())
        self.out = nn.Linear(32, 2)

    def forward(self, x):
        return self.out(self.block2(self.block1(x)))


def predict(model, rows):
    with torch.no_grad():  # fault: missing-eval-mode
        return model(rows).argmax(dim=1)  # fault: missing-eval-mode


model = CreditNet()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(8):
    model.train()
    for idx in torch.randperm(1200).split(60):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
    hits = 0
    for i in range(0, 200, 4):
        hits += (predict(model, X_hold[i:i + 4]) == y_hold[i:i + 4]).sum().item()
    print("epoch", epoch, "loss", loss.item(), "hold-out accuracy", hits / 200)
