import torch

torch.manual_seed(77)
x = torch.randn(256, 5)
y = (x[:, 0] * x[:, 1] > 0).long()

w1 = torch.randn(5, 32) * 0.5
b1 = torch.zeros(32)
w2 = torch.randn(2, 32) * 0.2  # fault: shape-mismatch
b2 = torch.zeros(2)
weights = [w1, b1, w2, b2]
for w in weights:
    w.requires_grad_(True)


def forward(inp):
    hidden = torch.relu(inp @ w1 + b1)
    return hidden @ w2 + b2  # fault: shape-mismatch


optimizer = torch.optim.Adam(weights, lr=0.02)
for step in range(150):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(forward(x), y)
    loss.backward()
    optimizer.step()
print("last loss", loss.item())
