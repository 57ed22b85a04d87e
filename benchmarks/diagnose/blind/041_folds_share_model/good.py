"""Five-fold cross-validation on breast-cancer data."""
import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold
from torch import nn

torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)
y = torch.where(torch.rand(len(y)) < 0.15, 1 - y, y)  # hand labels are noisy


def make_model():
    return nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))


def train(model, rows):
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(9):
        for chunk in rows[torch.randperm(len(rows))].split(64):
            loss = nn.functional.binary_cross_entropy_with_logits(model(X[chunk]).squeeze(1), y[chunk])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


@torch.no_grad()
def accuracy(model, rows):
    return ((model(X[rows]).squeeze(1) > 0).float() == y[rows]).float().mean().item()


scores = []
for fold, (tr, va) in enumerate(StratifiedKFold(5, shuffle=True, random_state=0).split(X, y)):
    model = make_model()
    train(model, torch.as_tensor(tr))
    scores.append(accuracy(model, torch.as_tensor(va)))
    print(f"fold {fold}: {scores[-1]:.3f}")
print("mean accuracy", np.mean(scores))
