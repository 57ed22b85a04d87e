# Lesson 2: linear regression, nothing but tensors
import torch

torch.manual_seed(0)
true_w, true_b = torch.tensor([2.0, -3.4]), 4.2
features = torch.randn(1000, 2)
labels = features @ true_w + true_b + 0.01 * torch.randn(1000)
w = torch.normal(0, 0.01, (2,), requires_grad=True)
b = torch.zeros(1, requires_grad=True)


def data_iter(batch_size):
    indices = torch.randperm(1000)
    for i in range(0, 1000, batch_size):
        yield features[indices[i:i + batch_size]], labels[indices[i:i + batch_size]]


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


for epoch in range(5):
    for X, y in data_iter(10):
        l = (X @ w + b - y) ** 2 / 2
        l.sum().backward()
        sgd([w, b], 0.03, 10)
    print(epoch, ((features @ w + b - labels) ** 2 / 2).mean().item())
