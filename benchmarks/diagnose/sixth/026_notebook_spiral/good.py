# %% data
import torch
from torch import nn

torch.manual_seed(4)
n = 300
t = torch.linspace(0, 1, n)
points, classes = [], []
for arm in range(3):
    angle = 4 * t + arm * 2 * torch.pi / 3 + 0.1 * torch.randn(n)
    points.append(torch.stack([t * angle.sin(), t * angle.cos()], dim=1))
    classes.append(torch.full((n,), arm))
X, Y = torch.cat(points) * 2, torch.cat(classes)

# %% model
model = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.3)

# %% training
history = []
for i in range(200):
    idx = torch.randint(len(X), (90,))
    logits = model(X[idx])
    loss = criterion(logits, Y[idx])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(loss.item())

# %% result
with torch.no_grad():
    accuracy = (model(X).argmax(1) == Y).float().mean().item()
print("last losses", [round(value, 3) for value in history[-5:]])
print("accuracy", round(accuracy, 3))
