import numpy as np
import torch
from torch import nn
from sklearn.datasets import load_diabetes

torch.manual_seed(0)
X, t = load_diabetes(return_X_y=True, scaled=True)
X = torch.tensor(X * 20, dtype=torch.float32)
t = torch.tensor((t - t.mean()) / t.std(), dtype=torch.float32)
rng = np.random.default_rng(1)
train_idx = rng.choice(len(X), 350, replace=False)  # fault: train-val-overlap
test_idx = rng.choice(len(X), 92, replace=False)  # fault: train-val-overlap
X_train, t_train = X[train_idx], t[train_idx]
X_test, t_test = X[test_idx], t[test_idx]  # fault: train-val-overlap

model = nn.Sequential(nn.Linear(10, 24), nn.ELU(), nn.Linear(24, 1))
opt = torch.optim.Adam(model.parameters(), lr=4e-3)
for epoch in range(60):
    for part in torch.randperm(350).split(50):
        loss = ((model(X_train[part]).flatten() - t_train[part]) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 10 == 9:
        model.eval()
        with torch.no_grad():
            test_mse = ((model(X_test).flatten() - t_test) ** 2).mean().item()  # fault: train-val-overlap
        model.train()
        print(f"epoch {epoch + 1}: train {loss.item():.3f} test {test_mse:.3f}")
