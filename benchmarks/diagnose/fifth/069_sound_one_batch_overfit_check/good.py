"""The first lesson's test: can the network learn one batch by heart? Then the real training."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

d = load_digits()
ds = TensorDataset(torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target))
torch.manual_seed(0)
loader = DataLoader(ds, batch_size=64, shuffle=True)


def network():
    return nn.Sequential(nn.Linear(64, 50), nn.ReLU(), nn.Linear(50, 20), nn.ReLU(), nn.Linear(20, 10))


def update(net, opt, x, y):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
    return loss.item()


net = network()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
x, y = next(iter(loader))
for _ in range(60):
    first = update(net, opt, x, y)
print("one batch:", first)

net = network()
opt = torch.optim.Adam(net.parameters(), lr=0.005)
for epoch in range(4):
    for x, y in loader:
        last = update(net, opt, x, y)
print("all:", last)
