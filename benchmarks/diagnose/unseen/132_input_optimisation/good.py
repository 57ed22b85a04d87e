"""Train a classifier, then look for the image that each class likes best."""
import torch
from torch import nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16).float(), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(5):
    for i in torch.randperm(len(X)).split(64):
        opt.zero_grad()
        F.cross_entropy(net(X[i]), y[i]).backward()
        opt.step()
net.eval()
net.requires_grad_(False)
pictures = torch.full((10, 64), 0.5, requires_grad=True)
art = torch.optim.SGD([pictures], lr=1.0)
for step in range(60):
    art.zero_grad()
    loss = F.cross_entropy(net(pictures), torch.arange(10)) + 0.01 * pictures.pow(2).sum()
    loss.backward()
    art.step()
    with torch.no_grad():
        pictures.clamp_(0, 1)
print("classified as", net(pictures).argmax(1).tolist(), "loss", loss.item())
