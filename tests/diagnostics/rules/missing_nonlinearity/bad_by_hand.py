"""Layers written as products of plain tensors; the activation of the second was forgotten."""

import torch

torch.manual_seed(2)
x = torch.rand(300, 3) * 4 - 2
y = (x**2).sum(1, keepdim=True)
weights = [torch.randn(a, b).mul(0.4).requires_grad_() for a, b in ((3, 24), (24, 24), (24, 1))]
biases = [torch.zeros(24, requires_grad=True), torch.zeros(24, requires_grad=True), torch.zeros(1, requires_grad=True)]
opt = torch.optim.Adam([*weights, *biases], lr=0.01)
for _ in range(100):
    hidden = torch.tanh(torch.einsum("bi,io->bo", x, weights[0]) + biases[0])
    hidden = hidden @ weights[1] + biases[1]  # finds: missing-nonlinearity
    loss = torch.nn.functional.mse_loss(hidden.matmul(weights[2]).add(biases[2]), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
