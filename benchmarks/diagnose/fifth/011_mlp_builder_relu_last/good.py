import itertools
import torch
from torch import nn
from sklearn.datasets import load_iris


def mlp(*sizes, act=nn.ReLU):
    layers = []
    for i, (a, b) in enumerate(itertools.pairwise(sizes)):
        layers += [nn.Linear(a, b)] + ([act()] if i < len(sizes) - 2 else [])
    return nn.Sequential(*layers)


torch.manual_seed(11)
iris = load_iris()
x = torch.tensor((iris.data - iris.data.mean(0)) / iris.data.std(0), dtype=torch.float32)
y = torch.tensor(iris.target)
net = mlp(4, 16, 16, 3)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(100):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print("final", loss.item(), "acc", (net(x).argmax(1) == y).float().mean().item())
