"""'For reproducibility' all weights start with the same number."""
import torch
import torch.nn as nn
from sklearn.datasets import make_moons


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight)
        nn.init.zeros_(m.bias)


X, y = make_moons(800, noise=0.15, random_state=3)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y)
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 20), nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 2))
net.apply(init_weights)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(15):
    for idx in torch.randperm(800).split(50):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(X[idx]), y[idx])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), (net(X).argmax(1) == y).float().mean().item())
