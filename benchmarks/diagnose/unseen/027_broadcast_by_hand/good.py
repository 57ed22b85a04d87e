import torch

torch.manual_seed(0)
true_w = torch.tensor([2.0, -3.4, 0.7])
features = torch.randn(1000, 3)
labels = features @ true_w + 4.2 + 0.01 * torch.randn(1000)

w = torch.zeros(3, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)


def linreg(X, w, b):
    return (X @ w + b).squeeze(1)


def squared_loss(y_hat, y):
    return ((y_hat - y) ** 2 / 2).mean()


lr, num_epochs, batch_size = 0.05, 5, 20
for epoch in range(num_epochs):
    indices = torch.randperm(len(features))
    for i in range(0, len(features), batch_size):
        j = indices[i:i + batch_size]
        loss = squared_loss(linreg(features[j], w, b), labels[j])
        loss.backward()
        with torch.no_grad():
            for param in (w, b):
                param -= lr * param.grad
                param.grad.zero_()
    print(f"epoch {epoch + 1}, loss {loss.item():f}")
print("error in w:", (true_w - w.detach().flatten()).tolist())
