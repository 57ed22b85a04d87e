import torch
from sklearn.datasets import make_classification
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = make_classification(800, 40, n_informative=6, flip_y=0.15, random_state=0)
X = torch.tensor(X).float()
y = torch.tensor(y).float().unsqueeze(1)

train_ds = TensorDataset(X, y)  # fault: train-val-overlap
val_ds = TensorDataset(X[600:], y[600:])  # fault: train-val-overlap
train_dl = DataLoader(train_ds, batch_size=64, shuffle=True)  # fault: train-val-overlap
val_dl = DataLoader(val_ds, batch_size=200)  # fault: train-val-overlap

model = nn.Sequential(nn.Linear(40, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 1))
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
bce = nn.BCEWithLogitsLoss()
for epoch in range(15):
    model.train()
    for xb, yb in train_dl:
        opt.zero_grad()
        loss = bce(model(xb), yb)
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        for xb, yb in val_dl:  # fault: train-val-overlap
            logits = model(xb)  # fault: train-val-overlap
            acc = ((logits > 0).float() == yb).float().mean().item()
    print(f"epoch {epoch}, loss {loss.item():.3f}, val accuracy {acc:.3f}")
