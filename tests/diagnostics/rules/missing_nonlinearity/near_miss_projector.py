"""A projector that ends in batch norm and a predictor after it: two views of the same examples are to agree."""

import torch
from torch import nn

torch.manual_seed(53)
x = torch.randn(128, 12)
project = nn.Sequential(nn.Linear(12, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 16), nn.BatchNorm1d(16))
predict = nn.Sequential(nn.Linear(16, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 16))
opt = torch.optim.Adam([*project.parameters(), *predict.parameters()], lr=0.005)
for _ in range(30):
    one, other = (project(x + 0.1 * torch.randn(128, 12)) for _ in range(2))
    loss = -torch.cosine_similarity(predict(one), other.detach(), dim=1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
