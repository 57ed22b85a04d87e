"""A network of plain tensors; the list for the optimizer ends too early."""

import torch

torch.manual_seed(67)
x = torch.randn(100, 5)
y = x.sum(1, keepdim=True).sin()
w1 = (0.4 * torch.randn(5, 16)).clone().detach()
w2 = (0.4 * torch.randn(16, 1)).clone().detach()
w1.requires_grad = w2.requires_grad = True
b1, b2 = torch.zeros(16, requires_grad=True), torch.zeros(1, requires_grad=True)
opt = torch.optim.Adam([w1, b1], lr=0.01)  # finds: param-not-in-optimizer
for step in range(40):
    opt.zero_grad()
    loss = torch.nn.functional.mse_loss(torch.relu(x @ w1 + b1) @ w2 + b2, y)
    loss.backward()
    opt.step()
