import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from sklearn.datasets import load_digits


class DigitFolder(Dataset):
    """As read from a folder per class: first all zeros, then all ones, ..."""

    def __init__(self):
        bunch = load_digits()
        order = bunch.target.argsort(kind="stable")
        self.x = torch.tensor(bunch.data[order] / 16, dtype=torch.float32)
        self.y = torch.tensor(bunch.target[order])

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


torch.manual_seed(0)
data = DigitFolder()
loader = DataLoader(data, batch_size=16, shuffle=True)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(4):
    for x, y in loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(epoch, (net(data.x).argmax(1) == data.y).float().mean().item())
