import torch

torch.manual_seed(0)
x = torch.randn(200, 5)
true = torch.tensor([1.0, -2.0, 0.5, 3.0, 0.0])
y = x @ true + 0.1 * torch.randn(200)
w = torch.zeros(5, requires_grad=True)
for epoch in range(50):
    loss = ((x @ w - y) ** 2).mean()
    loss.backward()
    w -= 0.1 * w.grad  # fault: in-place-on-leaf
    w.grad.zero_()
print(loss.item(), w)
