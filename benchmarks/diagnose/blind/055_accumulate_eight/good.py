"""Small memory: eight micro-batches for one update."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

ACCUMULATE = 8
torch.manual_seed(39)
x = torch.randn(4800, 16)
y = (x[:, :8] * x[:, 8:]).sum(1, keepdim=True) / 4
loader = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True)
net = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
sgd = torch.optim.SGD(net.parameters(), lr=0.12, momentum=0.9)
mse = nn.MSELoss()
for epoch in range(3):
    sgd.zero_grad()
    running = 0.0
    for i, (xb, yb) in enumerate(loader):
        loss = mse(net(xb), yb) / ACCUMULATE
        loss.backward()
        running += mse(net(xb), yb).item()
        if (i + 1) % ACCUMULATE == 0:
            sgd.step()
            sgd.zero_grad()
    print(epoch, running / len(loader))
