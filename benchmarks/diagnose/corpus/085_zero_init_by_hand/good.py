import torch

torch.manual_seed(0)
x = torch.randn(400, 2)
y = ((x[:, 0] * x[:, 1]) > 0).float().unsqueeze(1)

W1 = torch.randn(2, 16, requires_grad=True)
b1 = torch.zeros(16, requires_grad=True)
W2 = (torch.randn(16, 1) * 0.3).requires_grad_()
b2 = torch.zeros(1, requires_grad=True)
opt = torch.optim.SGD([W1, b1, W2, b2], lr=0.5)
for epoch in range(200):
    h = torch.tanh(x @ W1 + b1)
    logits = h @ W2 + b2
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print("loss", loss.item(), "acc", ((logits > 0) == (y > 0)).float().mean().item())
