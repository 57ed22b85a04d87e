"""Ratings 1 to 5 as they are, six outputs: the class 0 never occurs."""
import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(600, 6)
stars = (X[:, 0] + 0.5 * X[:, 1] > torch.tensor([[-1.2], [-0.4], [0.4], [1.2]])).sum(0) + 1
model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 6))
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(120):
    loss = nn.functional.cross_entropy(model(X), stars)
    opt.zero_grad(); loss.backward(); opt.step()
print(loss.item(), (model(X).argmax(1) == stars).float().mean().item())
