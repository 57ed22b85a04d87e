import torch
import torch.nn as nn
from sklearn.datasets import load_iris

torch.manual_seed(0)
iris = load_iris()
X = torch.tensor(iris.data, dtype=torch.float32)
y = torch.tensor(iris.target)
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(60):
    optimizer.zero_grad()
    out = model(X)
    loss = criterion(out, y)
    loss = torch.tensor(loss.item(), requires_grad=True)  # fault: loss-not-connected
    loss.backward()  # fault: loss-not-connected
    optimizer.step()
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", loss.item())
print("last", loss.item())
