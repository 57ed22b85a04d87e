import numpy as np
import torch
import torch.nn as nn

rng = np.random.RandomState(0)
X = rng.uniform(-2, 2, size=(800, 2))
z = np.exp(-X[:, 0] ** 2) * np.cos(2 * X[:, 1])

inputs = torch.from_numpy(X).float()
targets = torch.from_numpy(z[:, None]).float()

torch.manual_seed(0)
surface = nn.Sequential(nn.Linear(2, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 1))
optimizer = torch.optim.Adam(surface.parameters(), lr=5e-3)
for epoch in range(200):
    optimizer.zero_grad()
    out = surface(inputs)
    loss = ((out - targets) ** 2).mean()
    loss.backward()
    optimizer.step()
    if epoch % 40 == 0:
        print(f"epoch {epoch}: {loss.item():.5f}")
