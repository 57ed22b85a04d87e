"""Regression with batch norm, early stopping and the best weights kept."""
import copy

import torch
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(5)
X, t = load_diabetes(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32) * 20
t = torch.tensor((t - t.mean()) / t.std(), dtype=torch.float32).unsqueeze(1)
perm = torch.randperm(len(X))
train_idx, valid_idx = perm[:340], perm[340:]

model = nn.Sequential(
    nn.Linear(10, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.5),
    nn.Linear(32, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 1),
)
opt = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-3)
mse = nn.MSELoss()
best, best_state, bad_epochs = float("inf"), None, 0
for epoch in range(25):
    model.train()
    for b in train_idx[torch.randperm(len(train_idx))].split(34):
        opt.zero_grad()
        mse(model(X[b]), t[b]).backward()
        opt.step()
    model.eval()
    with torch.inference_mode():
        valid = sum(mse(model(X[b]), t[b]).item() for b in valid_idx.split(6)) / 17
    if valid < best:
        best, best_state, bad_epochs = valid, copy.deepcopy(model.state_dict()), 0
    else:
        bad_epochs += 1
    if bad_epochs == 8:
        break
model.load_state_dict(best_state)
print(f"stopped in epoch {epoch}, best validation error {best:.3f}")
