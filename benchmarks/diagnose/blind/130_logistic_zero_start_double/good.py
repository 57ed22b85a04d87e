"""Logistic regression in float64, from zeros, full batch, constant rate, by hand."""
import torch
from sklearn.datasets import load_breast_cancer

torch.manual_seed(29)
b = load_breast_cancer()
x = torch.from_numpy((b.data - b.data.mean(0)) / b.data.std(0))
y = torch.from_numpy(b.target).double()
w = torch.zeros(30, dtype=torch.float64, requires_grad=True)
c = torch.zeros((), dtype=torch.float64, requires_grad=True)
for step in range(150):
    z = x @ w + c
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y) + 1e-3 * w.square().sum()
    gw, gc = torch.autograd.grad(loss, (w, c))
    with torch.no_grad():
        w -= 0.5 * gw
        c -= 0.5 * gc
    if step % 30 == 29:
        print(step + 1, loss.item(), ((z > 0) == (y > 0.5)).double().mean().item())
