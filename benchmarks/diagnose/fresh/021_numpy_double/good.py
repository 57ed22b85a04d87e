import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_diabetes

table, target = load_diabetes(return_X_y=True)
table = (table - np.mean(table, axis=0)) / np.std(table, axis=0)
target = (target - target.mean()) / target.std()
X = torch.from_numpy(table).float()
y = torch.from_numpy(target).float().reshape(-1, 1)


class Regression(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.hidden = nn.Linear(inputs, 24)
        self.output = nn.Linear(24, 1)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x)))


torch.manual_seed(0)
model = Regression(X.shape[1])
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
for epoch in range(100):
    optimizer.zero_grad()
    loss = nn.MSELoss()(model(X), y)
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        print(epoch, loss.item())
