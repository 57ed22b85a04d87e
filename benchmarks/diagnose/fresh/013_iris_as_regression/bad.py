import numpy as np
import torch
import torch.nn as nn
from sklearn import datasets

iris = datasets.load_iris()
perm = np.random.RandomState(0).permutation(150)
X = iris.data[perm].astype("float32")
X = (X - X.mean(axis=0)) / X.std(axis=0)
species = iris.target[perm].astype("float32")
X_train = torch.from_numpy(X[:120])
y_train = torch.from_numpy(species[:120])
X_test = torch.from_numpy(X[120:])
y_test = torch.from_numpy(species[120:])

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
criterion = nn.MSELoss()  # fault: wrong-criterion
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(200):
    optimizer.zero_grad()
    output = net(X_train).squeeze(1)
    loss = criterion(output, y_train)  # fault: wrong-criterion
    loss.backward()
    optimizer.step()
    if epoch % 40 == 0:
        print(epoch, loss.item())
with torch.no_grad():
    predicted = net(X_test).squeeze(1).round()
print("accuracy", (predicted == y_test).float().mean().item())
