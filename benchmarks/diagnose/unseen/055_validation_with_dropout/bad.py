import torch
from torch import nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X = X / 16.0
parts = train_test_split(X, y, test_size=0.25, random_state=0)
X_tr, X_va, y_tr, y_va = (torch.tensor(p, dtype=torch.float32 if p.ndim == 2 else torch.long) for p in parts)
train_loader = DataLoader(TensorDataset(X_tr, y_tr), batch_size=64, shuffle=True)
val_loader = DataLoader(TensorDataset(X_va, y_va), batch_size=64)

model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(10):
    for xb, yb in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()

    val_loss, correct = 0.0, 0
    with torch.no_grad():  # fault: missing-eval-mode
        for xb, yb in val_loader:
            out = model(xb)  # fault: missing-eval-mode
            val_loss += criterion(out, yb).item()
            correct += (out.argmax(1) == yb).sum().item()
    print(f"Epoch {epoch + 1}: val loss {val_loss / len(val_loader):.4f}, val acc {correct / len(y_va):.4f}")
