import torch
import torch.nn as nn
from sklearn.datasets import load_iris

torch.manual_seed(1)
iris = load_iris()
x = torch.tensor(iris.data, dtype=torch.float32)
x = (x - x.mean(0)) / x.std(0)
y = torch.tensor(iris.target)

net = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 3))
criterion = nn.NLLLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
for i in range(100):
    optimizer.zero_grad()
    loss = criterion(net(x), y)  # fault: nll-without-log-softmax
    loss.backward()
    optimizer.step()
    if i % 20 == 0:
        print(i, loss.item())
print("accuracy", (net(x).argmax(1) == y).float().mean().item(), "loss", loss.item())
