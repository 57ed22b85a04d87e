# %% imports
import torch
from torch import nn
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

# %% data
data = load_breast_cancer()
X = torch.tensor(StandardScaler().fit_transform(data.data), dtype=torch.float32)
y = torch.tensor(data.target, dtype=torch.float32).reshape(-1, 1)
torch.manual_seed(3)
order = torch.randperm(len(X))
X, y = X[order], y[order]
X_train, y_train = X[:450], y[:450]
X_test, y_test = X[450:], y[450:]

# %% model
model = nn.Sequential(
    nn.Linear(30, 16),
    nn.ReLU(),
    nn.Linear(16, 1),
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

# %% training
losses = []
for epoch in range(20):
    for i in range(0, 450, 50):
        optimizer.zero_grad  # fault: missing-zero-grad
        out = model(X_train[i:i + 50])
        loss = criterion(out, y_train[i:i + 50])
        loss.backward()  # fault: missing-zero-grad
        optimizer.step()  # fault: missing-zero-grad
        losses.append(loss.item())
    print(epoch, sum(losses[-9:]) / 9)

# %% test
with torch.no_grad():
    acc = ((model(X_test) > 0) == (y_test > 0.5)).float().mean()
print("test accuracy", acc.item())
