"""One batch learned by heart on purpose, a batch drawn at random for each step, and a quick look at a validation batch."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(8)
y = torch.arange(300) % 3
x = torch.randn(300, 6) + 2 * torch.eye(6)[y]
train = TensorDataset(x[:240], y[:240])
ordered = DataLoader(train, batch_size=24)
random_batches = DataLoader(train, batch_size=24, shuffle=True)
val_loader = DataLoader(TensorDataset(x[240:], y[240:]), batch_size=30)


def fit(batch_of, steps):
    net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 3))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(steps):
        inputs, targets = batch_of()
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(inputs), targets)
        loss.backward()
        optimizer.step()
        inputs, targets = next(iter(val_loader))
        quick = nn.functional.cross_entropy(net(inputs), targets)
    print(loss.item(), quick.item())


first = next(iter(ordered))
fit(lambda: first, 30)
fit(lambda: next(iter(random_batches)), 30)
fit(lambda: (x[:240], y[:240]), 30)
