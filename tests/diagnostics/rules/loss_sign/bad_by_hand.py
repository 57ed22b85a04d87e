"""Weights updated by hand, with a plus."""

import torch

torch.manual_seed(3)
x = torch.randn(80, 3)
y = x @ torch.tensor([1.0, -2.0, 0.5])
weights = torch.zeros(3, requires_grad=True)
for _ in range(20):
    loss = torch.nn.functional.mse_loss(x @ weights, y)
    loss.backward()
    with torch.no_grad():
        weights += 0.02 * weights.grad  # finds: loss-sign
    weights.grad = None
