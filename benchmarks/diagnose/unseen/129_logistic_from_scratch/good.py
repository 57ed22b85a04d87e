import torch
from sklearn.datasets import load_breast_cancer

torch.manual_seed(0)
data = load_breast_cancer()
X = torch.tensor(data.data).float()
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(data.target).float()
w = torch.zeros(30, requires_grad=True)
b = torch.zeros((), requires_grad=True)

for epoch in range(150):
    p = torch.sigmoid(X @ w + b)
    loss = -(y * p.clamp(min=1e-7).log() + (1 - y) * (1 - p).clamp(min=1e-7).log()).mean()
    gw, gb = torch.autograd.grad(loss, (w, b))
    with torch.no_grad():
        w -= 0.2 * gw
        b -= 0.2 * gb
    if epoch % 30 == 29:
        print(epoch + 1, loss.item(), ((p > 0.5).float() == y).float().mean().item())
