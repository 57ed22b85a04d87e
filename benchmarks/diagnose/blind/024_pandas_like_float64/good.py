"""Diabetes progression from ten measurements."""
import numpy as np
import torch
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(0)
features, progression = load_diabetes(return_X_y=True)
features = StandardScaler().fit_transform(features)
progression = (progression - np.mean(progression)) / np.std(progression)

X = torch.from_numpy(features).float()
y = torch.from_numpy(progression).float().view(-1, 1)

reg = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 1))
optimizer = torch.optim.RMSprop(reg.parameters(), lr=0.003)
for epoch in range(60):
    prediction = reg(X)
    loss = nn.MSELoss()(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("final error", loss.item())
