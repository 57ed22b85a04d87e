import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
X, y = load_breast_cancer(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
X_train, X_val, y_train, y_val = train_test_split(
    torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32), test_size=0.25, random_state=1
)
train_dl = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True)
val_dl = DataLoader(TensorDataset(X_val, y_val), batch_size=64)


def binary_accuracy(logits, labels):
    predicted = (logits > 0).float()
    return (predicted == labels).float().mean().item()  # fault: metric-broadcast


def train_step(model, xb, yb, opt):
    loss = nn.functional.binary_cross_entropy_with_logits(model(xb), yb.unsqueeze(1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item()


@torch.no_grad()
def validate(model, dl):
    model.eval()
    scores = [binary_accuracy(model(xb), yb) for xb, yb in dl]  # fault: metric-broadcast
    model.train()
    return sum(scores) / len(scores)


model = nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 1))
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(6):
    loss = sum(train_step(model, xb, yb, opt) for xb, yb in train_dl) / len(train_dl)
    print(f"epoch {epoch} loss {loss:.3f} validation accuracy {validate(model, val_dl):.3f}")
