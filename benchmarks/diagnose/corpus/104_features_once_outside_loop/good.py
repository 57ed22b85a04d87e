"""The features are computed once with the graph, then used in every step."""
import torch
from torch import nn
from sklearn.datasets import load_iris

torch.manual_seed(0)
d = load_iris()
x = torch.tensor((d.data - d.data.mean(0)) / d.data.std(0)).float()
y = torch.tensor(d.target)
body = nn.Sequential(nn.Linear(4, 20), nn.Tanh())
head = nn.Linear(20, 3)
opt = torch.optim.Adam([*body.parameters(), *head.parameters()], lr=0.02)
for epoch in range(50):
    features = body(x)
    loss = nn.functional.cross_entropy(head(features), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print("loss", loss.item())
