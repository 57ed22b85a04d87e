import torch

torch.manual_seed(5)
# polynomial fit, parameters by hand
x = torch.linspace(-1, 1, 120).unsqueeze(1)
t = 0.5 + 2 * x - 3 * x ** 2 + 0.05 * torch.randn_like(x)
feats = torch.cat([torch.ones_like(x), x, x ** 2], dim=1)

w = torch.zeros(3, 1, requires_grad=True)
lr = 0.3
for step in range(150):
    pred = feats @ w
    loss = ((pred - t) ** 2).mean()
    loss.backward()  # fault: missing-zero-grad
    with torch.no_grad():
        w -= lr * w.grad  # fault: missing-zero-grad
    if step % 25 == 0:
        print(step, loss.item())
print(w.flatten().tolist(), loss.item())
