"""The same by hand, with every way there is to reset a gradient."""

import torch

torch.manual_seed(3)
x = torch.linspace(-1, 1, 50)[:, None]
y = 3 * x + 0.5 + 0.05 * torch.randn(50, 1)
slope = torch.zeros(1, requires_grad=True)
offset = torch.zeros(1, requires_grad=True)
bend = torch.zeros(1, requires_grad=True)

for step in range(60):
    loss = ((bend * x**2 + slope * x + offset - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        slope -= 0.1 * slope.grad
        bend -= 0.1 * bend.grad
    offset.data -= 0.1 * offset.grad.data
    slope.grad.zero_()
    offset.grad.data.zero_()
    bend.grad = None
