import torch
from sklearn.datasets import make_moons
from torch import nn

X, y = make_moons(600, noise=0.1, random_state=3)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
torch.manual_seed(0)


def make():
    return nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))


model = make()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    for i in torch.randperm(600).split(60):
        loss = nn.functional.cross_entropy(model(X[i]), y[i])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(epoch, loss.item(), (model(X).argmax(1) == y).float().mean().item())
