import torch
from torch import nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16).float(), torch.tensor(y)


class ThreeLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(64, 48)
        self.second = nn.Linear(48, 48)
        self.third = nn.Linear(48, 10)

    def forward(self, x):
        x = F.relu(self.first(x))
        x = F.relu(self.second(x))
        return self.third(x)


net = ThreeLayer()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(5):
    for i in torch.randperm(len(X)).split(64):
        loss = F.cross_entropy(net(X[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), (net(X).argmax(1) == y).float().mean().item())
