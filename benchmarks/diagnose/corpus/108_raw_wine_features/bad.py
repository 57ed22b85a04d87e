import torch
from torch import nn
from sklearn.datasets import load_wine

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)  # fault: unnormalized-inputs
y = torch.tensor(y)
net = nn.Sequential(nn.Linear(13, 24), nn.ReLU(), nn.Linear(24, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for epoch in range(100):
    loss = nn.functional.cross_entropy(net(X), y)  # fault: unnormalized-inputs
    opt.zero_grad()
    loss.backward()
    opt.step()
print("loss", loss.item(), "accuracy", (net(X).argmax(1) == y).float().mean().item())
