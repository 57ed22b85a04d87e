"""Not shuffled by the loader, yet mixed: examples in turn; shuffled before; all at once; sorted for testing."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(2)
criterion = nn.CrossEntropyLoss()


def fit(x, y, size):
    net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(8):
        for xb, yb in DataLoader(TensorDataset(x, y), batch_size=size):
            optimizer.zero_grad()
            criterion(net(xb), yb).backward()
            optimizer.step()
    return net


in_turn = torch.arange(120) % 3
fit(torch.randn(120, 3) + 2 * torch.eye(3)[in_turn], in_turn, 20)
ordered = torch.arange(3).repeat_interleave(40)
x = torch.randn(120, 3) + 2 * torch.eye(3)[ordered]
order = torch.randperm(120)
net = fit(x[order], ordered[order], 20)
fit(x, ordered, 120)
net.eval()
with torch.no_grad():
    test = TensorDataset(torch.randn(120, 3) + 2 * torch.eye(3)[ordered], ordered)
    for xb, yb in DataLoader(test, batch_size=20):
        print(criterion(net(xb), yb).item())
