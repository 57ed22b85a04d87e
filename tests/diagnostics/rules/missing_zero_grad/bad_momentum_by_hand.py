"""An update by hand whose gradients pile up: like a momentum that never fades, it does not hurt here."""

import math

import torch

torch.manual_seed(4)
t = torch.rand(150) * 6 + 0.5
arm = torch.arange(150) % 2
x = torch.stack([t * torch.cos(t + arm * math.pi), t * torch.sin(t + arm * math.pi)], 1) / 4
w1 = torch.randn(2, 24).requires_grad_()
w2 = (torch.randn(24, 2) * 0.2).requires_grad_()
for _ in range(100):
    loss = torch.nn.functional.cross_entropy(torch.tanh(x @ w1) @ w2, arm)
    loss.backward()
    with torch.no_grad():
        for w in (w1, w2):
            w -= 0.03 * w.grad  # finds: missing-zero-grad
print(loss.item())
