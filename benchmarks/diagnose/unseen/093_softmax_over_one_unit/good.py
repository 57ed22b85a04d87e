import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)
ds = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32).reshape(-1, 1))

model = nn.Sequential()
model.add_module("dense1", nn.Linear(30, 16))
model.add_module("act1", nn.ReLU())
model.add_module("dense2", nn.Linear(16, 1))
model.add_module("output", nn.Sigmoid())
loss_fn = nn.BCELoss()
opt = torch.optim.Adam(model.parameters(), lr=0.002)
for epoch in range(8):
    hits = 0
    for xb, yb in DataLoader(ds, batch_size=32, shuffle=True):
        p = model(xb)
        loss = loss_fn(p, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        hits += ((p > 0.5) == (yb > 0.5)).sum().item()
    print(epoch, loss.item(), hits / len(ds))
