"""Five folds, a new linear model each, full-batch gradient steps by hand."""
import torch
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0)).float()
y = torch.tensor((y - y.mean()) / y.std()).float()
scores = []
for train, test in KFold(5, shuffle=True, random_state=0).split(X):
    w = torch.zeros(10, requires_grad=True)
    for _ in range(60):
        loss = ((X[train] @ w - y[train]) ** 2).mean() + 1e-3 * w.dot(w)
        (g,) = torch.autograd.grad(loss, w)
        with torch.no_grad():
            w -= 0.1 * g
    with torch.no_grad():
        scores.append(((X[test] @ w - y[test]) ** 2).mean().item())
print("mse per fold", [round(s, 3) for s in scores])
