import torch
import torch.nn as nn
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

torch.manual_seed(42)
iris = load_iris()
X = torch.FloatTensor(StandardScaler().fit_transform(iris.data))
y = torch.LongTensor(iris.target)

model = nn.Sequential(
    nn.Linear(4, 32),
    nn.ReLU(),
    nn.Linear(32, 3),
)

loss_fn = nn.CrossEntropyLoss()
opt = torch.optim.SGD(model.parameters(), lr=0.05)

for epoch in range(120):
    opt.zero_grad()
    loss = loss_fn(model(X), y)
    loss.backward()
    opt.step()
print("final loss:", loss.item())
print("train accuracy:", (model(X).argmax(dim=1) == y).float().mean().item())
