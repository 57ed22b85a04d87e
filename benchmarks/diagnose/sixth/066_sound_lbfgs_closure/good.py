"""Logistic regression and a small network with LBFGS; step() calls the closure as often as it likes."""
import torch
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
x, y = load_iris(return_X_y=True)
x = torch.tensor((x - x.mean(0)) / x.std(0), dtype=torch.float32)
y = torch.tensor(y)
order = torch.randperm(150)
train, test = order[:100], order[100:]


def fit(model, penalty=1e-3, rounds=8):
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=5, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[train]), y[train])
        loss = loss + penalty * sum(p.pow(2).sum() for p in model.parameters())
        loss.backward()
        return loss

    for _ in range(rounds):
        loss = optimizer.step(closure)
    with torch.no_grad():
        right = (model(x[test]).argmax(1) == y[test]).float().mean().item()
    return loss.item(), right


linear = nn.Linear(4, 3)
nn.init.zeros_(linear.weight)
nn.init.zeros_(linear.bias)
print("logistic regression: loss {:.3f}, right {:.3f}".format(*fit(linear)))
network = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
print("network: loss {:.3f}, right {:.3f}".format(*fit(network)))
