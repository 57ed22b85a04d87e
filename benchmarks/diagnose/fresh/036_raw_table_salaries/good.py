"""Salary above median? Raw columns of a personnel table."""
import numpy as np
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split

rng = np.random.default_rng(0)
n = 2000
age = rng.integers(20, 65, n)
years = np.clip(age - 20 - rng.integers(0, 10, n), 0, None)
last_salary = 25_000 + 1_200 * years + rng.normal(0, 9_000, n)
office_sqm = rng.uniform(6, 40, n)
score = 0.00003 * (last_salary - 45_000) + 0.05 * (office_sqm - 20) - 0.02 * (age - 40) + rng.normal(0, 0.3, n)
table = np.column_stack([age, years, last_salary, office_sqm]).astype(np.float32)
label = (score > 0).astype(np.int64)
X_train, X_test, y_train, y_test = train_test_split(table, label, random_state=0)
mean, std = X_train.mean(0), X_train.std(0)
X_train, X_test = (X_train - mean) / std, (X_test - mean) / std
X_train, X_test = torch.from_numpy(X_train), torch.from_numpy(X_test)
y_train, y_test = torch.from_numpy(y_train), torch.from_numpy(y_test)

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(7):
    for idx in torch.randperm(1500).split(50):
        optimizer.zero_grad()
        loss = loss_fn(model(X_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        acc = (model(X_test).argmax(1) == y_test).float().mean()
    print(epoch, loss.item(), acc.item())
