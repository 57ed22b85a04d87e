"""Five folds on the wine table; the mean of the folds is what we report."""
import numpy as np
import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold
from torch import nn

data = load_wine()
X = torch.tensor((data.data - data.data.mean(0)) / data.data.std(0), dtype=torch.float32)
y = torch.tensor(data.target)


class WineNet(nn.Module):
    def __init__(self, p=0.6):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(13, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Dropout(p),
            nn.Linear(48, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Dropout(p), nn.Linear(24, 3),
        )

    def forward(self, x):
        return self.layers(x)


def score(model, fold_x, fold_y):
    with torch.no_grad():  # fault: missing-eval-mode
        answer = model(fold_x).argmax(1)  # fault: missing-eval-mode
    return (answer == fold_y).float().mean().item()


torch.manual_seed(0)
results = []
folds = StratifiedKFold(5, shuffle=True, random_state=0).split(data.data, data.target)
for fold, (train, valid) in enumerate(folds):
    x_valid, y_valid = X[valid], y[valid]
    model = WineNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for epoch in range(8):
        for idx in torch.randperm(len(train)).split(24):
            rows = torch.as_tensor(train)[idx]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(X[rows]), y[rows])
            loss.backward()
            optimizer.step()
    results.append([score(model, x_valid, y_valid) for _ in range(3)])  # fault: missing-eval-mode
    print(f"fold {fold}: validated three times", np.round(results[-1], 3))
print("mean", np.mean(results).round(4))
