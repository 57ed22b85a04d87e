import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

np.random.seed(0)
torch.manual_seed(0)
digits = load_digits()
X, y = digits.data.astype(np.float32) / 16, digits.target

# shuffle
X = np.random.permutation(X)  # fault: label-mismatch
y = np.random.permutation(y)  # fault: label-mismatch
split = int(0.8 * len(X))
X_train, X_test = torch.from_numpy(X[:split]), torch.from_numpy(X[split:])
y_train, y_test = torch.from_numpy(y[:split]), torch.from_numpy(y[split:])


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(64, 100)
        self.l2 = nn.Linear(100, 10)

    def forward(self, x):
        return self.l2(torch.relu(self.l1(x)))


model = Model()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(8):
    for i in range(0, split, 32):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(X_train[i:i + 32]), y_train[i:i + 32])
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(epoch, loss.item(), (model(X_test).argmax(1) == y_test).float().mean().item())
