"""Digits with a home-made normalisation that runs over the batch."""
import torch
from torch import nn
from sklearn.datasets import load_digits


class Norm(nn.Module):
    def forward(self, h):
        return h / (h.norm(dim=1, keepdim=True) + 1e-6)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(64, 40)
        self.norm = Norm()
        self.b = nn.Linear(40, 10)

    def forward(self, x):
        return self.b(self.norm(torch.relu(self.a(x))))


torch.manual_seed(2)
d = load_digits()
x, y = torch.tensor(d.data).float() / 16, torch.tensor(d.target)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(5):
    net.train()
    for rows in torch.randperm(1500).split(50):
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        one_by_one = torch.cat([net(v[None]).argmax(1) for v in x[1500:1560]])
        print("epoch", epoch, "loss", loss.item(), "acc", (one_by_one == y[1500:1560]).float().mean().item())
