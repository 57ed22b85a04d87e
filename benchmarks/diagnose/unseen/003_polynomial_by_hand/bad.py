"""Fit a cubic to a sine with nothing but tensors and autograd."""
import math
import torch

x = torch.linspace(-math.pi, math.pi, 500)
y = torch.sin(x)

a = torch.randn((), requires_grad=True)
b = torch.randn((), requires_grad=True)
c = torch.randn((), requires_grad=True)
d = torch.randn((), requires_grad=True)
weights = [a, b, c, d]
learning_rate = 5e-4

for t in range(2000):
    y_pred = a + b * x + c * x ** 2 / 10 + d * x ** 3 / 10
    loss = (y_pred - y).pow(2).sum() / 5
    if t % 200 == 0:
        print(t, round(loss.item(), 3))
    loss.backward()  # fault: missing-zero-grad

    with torch.no_grad():
        for w in weights:
            w -= learning_rate * w.grad  # fault: missing-zero-grad

print(f"y = {a.item():.3f} + {b.item():.3f} x + {c.item() / 10:.3f} x^2 + {d.item() / 10:.3f} x^3")
