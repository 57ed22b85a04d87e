# Wine cultivars with a small MLP. Gradients should be cleared per batch.
import numpy as np
import torch
from sklearn.datasets import load_wine

rng = np.random.RandomState(3)
torch.manual_seed(3)
data, target = load_wine(return_X_y=True)
data = (data - data.mean(axis=0)) / data.std(axis=0)
order = rng.permutation(len(data))
data, target = data[order].astype("float32"), target[order]

net = torch.nn.Sequential(torch.nn.Linear(13, 20), torch.nn.ELU(), torch.nn.Linear(20, 3))
optim = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
lossf = torch.nn.CrossEntropyLoss()

BATCH = 16
for epoch in range(15):
    running = 0
    for start in range(0, len(data), BATCH):
        xb = torch.from_numpy(data[start:start + BATCH])
        yb = torch.from_numpy(target[start:start + BATCH])
        optim.zero_grad()
        loss = lossf(net(xb), yb)
        loss.backward()
        optim.step()
        running += loss.item()
    print(epoch, running)
