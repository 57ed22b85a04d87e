import torch
import torch.nn as nn
from sklearn.datasets import make_moons

X, Y = make_moons(600, noise=0.15, random_state=3)
X = torch.Tensor(X)
Y = torch.LongTensor(Y)

mlp = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
opt = torch.optim.Adam(mlp.parameters(), lr=0.005)
ce = nn.CrossEntropyLoss()

for i in range(200):
    opt.zero_grad()
    pred = mlp(X)
    loss = ce(pred, Y)
    loss.backward()
    opt.step()
    if i % 40 == 0:
        print("iter", i, "loss", round(loss.item(), 4), "acc", (pred.argmax(1) == Y).float().mean().item())
