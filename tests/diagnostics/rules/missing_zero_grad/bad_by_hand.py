"""A line fitted without any optimizer; the gradients are never reset."""

import torch

torch.manual_seed(3)
x = torch.linspace(-1, 1, 50)[:, None]
y = 3 * x + 0.5 + 0.05 * torch.randn(50, 1)
slope = torch.zeros(1, requires_grad=True)
offset = torch.zeros(1, requires_grad=True)

for step in range(60):
    loss = ((slope * x + offset - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        slope -= 0.02 * slope.grad
        offset -= 0.02 * offset.grad  # finds: missing-zero-grad
