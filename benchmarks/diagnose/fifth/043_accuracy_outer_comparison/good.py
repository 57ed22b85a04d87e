import torch
from sklearn.datasets import make_moons
from torch import nn

X, y = make_moons(400, noise=0.15, random_state=1)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.BCELoss()


def accuracy(probability, label):
    return ((probability > 0.5).squeeze(1) == (label > 0.5)).float().mean().item()


for epoch in range(100):
    probability = model(X)
    loss = criterion(probability, y.view(-1, 1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        print(epoch, loss.item(), accuracy(probability, y))
