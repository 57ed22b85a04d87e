import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

torch.manual_seed(9)
X = torch.randn(3000, 10)
y = ((X[:, 0] + X[:, 1] * X[:, 2] + 0.3 * torch.randn(3000)) > 2.2).long()
X_tr, y_tr, X_te, y_te = X[:2400], y[:2400], X[2400:], y[2400:]
counts = torch.bincount(y_tr)
sampler = WeightedRandomSampler((1.0 / counts)[y_tr].tolist(), num_samples=len(y_tr))
loader = DataLoader(TensorDataset(X_tr, y_tr), batch_size=80, sampler=sampler)
model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.BatchNorm1d(32), nn.Linear(32, 2))
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
best, best_state = 0.0, None
for epoch in range(7):
    model.train()
    for xb, yb in loader:
        loss = nn.functional.cross_entropy(model(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        p = model(X_te).softmax(1)[:, 1].numpy()
    auc = roc_auc_score(y_te.numpy(), p)
    if auc > best:
        best, best_state = auc, {k: v.clone() for k, v in model.state_dict().items()}
    print(epoch, np.mean(p).round(3), round(auc, 3))
model.load_state_dict(best_state)
