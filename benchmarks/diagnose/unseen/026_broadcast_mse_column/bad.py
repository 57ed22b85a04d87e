import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)
bunch = load_diabetes()
X = torch.tensor(StandardScaler().fit_transform(bunch.data), dtype=torch.float32)
target = bunch.target.astype(np.float32)
y = torch.tensor((target - target.mean()) / target.std())  # fault: loss-broadcast

model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))  # fault: loss-broadcast
mse = nn.MSELoss()
opt = torch.optim.Adam(model.parameters(), lr=0.005)

for epoch in range(60):
    perm = torch.randperm(len(X))
    for i in range(0, len(X), 34):
        idx = perm[i:i + 34]
        opt.zero_grad()
        pred = model(X[idx])  # fault: loss-broadcast
        loss = mse(pred, y[idx])  # fault: loss-broadcast
        loss.backward()
        opt.step()
    if epoch % 15 == 14:
        with torch.no_grad():
            r = np.corrcoef(model(X).flatten().numpy(), y.flatten().numpy())[0, 1]
        print(f"epoch {epoch + 1}: mse {loss.item():.3f}, correlation {r:.3f}")
