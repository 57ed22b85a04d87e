"""Heart disease: accuracy of 5000 %?"""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(10)
X = torch.randn(1000, 13)
y = ((X[:, :5].sum(1) + X[:, 5] * X[:, 6] + 0.5 * torch.randn(1000)) > 0).float()
train_loader = DataLoader(TensorDataset(X[:800], y[:800]), batch_size=40, shuffle=True)
test_loader = DataLoader(TensorDataset(X[800:], y[800:]), batch_size=50)


class HeartNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.fc(x)


def binary_acc(y_pred, y_test):
    y_pred_tag = torch.round(torch.sigmoid(y_pred))
    correct_results_sum = (y_pred_tag == y_test).sum().float()
    return correct_results_sum / y_test.shape[0] * 100


model = HeartNet()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for e in range(1, 9):
    model.train()
    for X_batch, y_batch in train_loader:
        optimizer.zero_grad()
        y_pred = model(X_batch)
        loss = criterion(y_pred, y_batch.unsqueeze(1))
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        accs = []
        for X_batch, y_batch in test_loader:
            accs.append(binary_acc(model(X_batch), y_batch.unsqueeze(1)).item())
    print(f"Epoch {e}: loss {loss.item():.4f} | Acc {sum(accs) / len(accs):.2f}")
