"""Linear regression by hand, its update recorded."""

import torch

torch.manual_seed(3)
x = torch.randn(60, 3)
y = x @ torch.tensor([1.0, -2.0, 0.5])
weight = torch.zeros(3, requires_grad=True)
for _ in range(30):
    loss = ((x @ weight - y) ** 2).mean()
    loss.backward()
    weight -= 0.1 * weight.grad  # finds: in-place-on-leaf
    weight.grad.zero_()
print(loss.item())
