import math
import torch

# two-arm spiral, everything by hand
torch.manual_seed(4)
n = 300
t = torch.rand(n) * 2 * math.pi + 0.5
arm = torch.randint(0, 2, (n,))
phase = t + arm * math.pi
X = torch.stack([t * torch.cos(phase), t * torch.sin(phase)], 1) / 4 + 0.02 * torch.randn(n, 2)
y = arm

W1 = (torch.randn(2, 32) * 0.7).requires_grad_()
b1 = torch.zeros(32, requires_grad=True)
W2 = (torch.randn(32, 32) * 0.25).requires_grad_()
b2 = torch.zeros(32, requires_grad=True)
W3 = (torch.randn(32, 2) * 0.2).requires_grad_()
b3 = torch.zeros(2, requires_grad=True)
params = [W1, b1, W2, b2, W3, b3]


def net(x):
    return torch.tanh(torch.tanh(x @ W1 + b1) @ W2 + b2) @ W3 + b3


for it in range(400):
    loss = torch.nn.functional.cross_entropy(net(X), y)
    loss.backward()  # fault: missing-zero-grad
    with torch.no_grad():
        for p in params:
            p -= 0.3 * p.grad  # fault: missing-zero-grad
    if it % 80 == 0:
        acc = (net(X).argmax(1) == y).float().mean()
        print(f'{it:4d} {loss.item():.3f} {acc:.2f}')
