import copy

import torch
from torch import nn
from sklearn.datasets import load_wine

torch.manual_seed(18)
X, y = load_wine(return_X_y=True)
X, y = torch.tensor((X - X.mean(0)) / X.std(0)).float(), torch.tensor(y)

template = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
net = copy.deepcopy(template)
optimizer = torch.optim.SGD(net.parameters(), lr=0.2)
for epoch in range(80):
    loss = nn.CrossEntropyLoss()(net(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        print("epoch", epoch, "loss", loss.item())
print("end", loss.item())
