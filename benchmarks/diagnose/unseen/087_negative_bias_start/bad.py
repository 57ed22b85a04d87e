import torch
from torch import nn
from sklearn.datasets import make_classification

torch.manual_seed(0)
X, y = make_classification(1000, 12, n_informative=8, n_classes=3, random_state=2)
X, y = torch.tensor(X / X.std(0)).float(), torch.tensor(y)

net = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))  # fault: dead-relu
for layer in net:
    if isinstance(layer, nn.Linear):
        nn.init.kaiming_normal_(layer.weight)
        nn.init.constant_(layer.bias, -12.0)  # fault: dead-relu
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
for epoch in range(10):
    for idx in torch.randperm(1000).split(50):
        optimizer.zero_grad()
        out = net(X[idx])
        loss = nn.functional.cross_entropy(out, y[idx])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), (net(X).argmax(1) == y).float().mean().item())
