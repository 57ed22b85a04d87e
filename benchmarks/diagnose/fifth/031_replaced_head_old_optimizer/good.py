"""Pre-train on ten digits, then fine-tune a new head for 'is it smaller than five'."""
import torch
from sklearn.datasets import load_digits
from torch import nn

d = load_digits()
x, y = torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        return self.head(self.features(x))


def epochs(net, opt, target, n):
    for _ in range(n):
        for idx in torch.randperm(len(x)).split(100):
            loss = nn.functional.cross_entropy(net(x[idx]), target[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(loss.item())


torch.manual_seed(0)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
epochs(net, optimizer, y, 4)
net.head = nn.Linear(32, 2)
for p in net.features.parameters():
    p.requires_grad = False
optimizer = torch.optim.Adam(net.head.parameters(), lr=2e-3)
epochs(net, optimizer, (y < 5).long(), 4)
