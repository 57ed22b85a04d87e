import numpy as np
import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
scores = []
for fold, (tr, te) in enumerate(StratifiedKFold(5, shuffle=True, random_state=0).split(X, y)):
    scaler = StandardScaler().fit(X[tr])
    x_tr, x_te = (torch.tensor(scaler.transform(X[k]), dtype=torch.float32) for k in (tr, te))
    y_tr, y_te = torch.tensor(y[tr]), torch.tensor(y[te])
    net = nn.Sequential(nn.Linear(13, 20), nn.ReLU(), nn.Dropout(0.2), nn.Linear(20, 3))
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    for epoch in range(12):
        net.train()
        for idx in torch.randperm(len(x_tr)).split(24):
            opt.zero_grad()
            nn.functional.cross_entropy(net(x_tr[idx]), y_tr[idx]).backward()
            opt.step()
    net.eval()
    with torch.no_grad():
        scores.append((net(x_te).argmax(1) == y_te).float().mean().item())
    print("fold", fold, "accuracy", round(scores[-1], 3))
print("mean", np.mean(scores), "std", np.std(scores))
