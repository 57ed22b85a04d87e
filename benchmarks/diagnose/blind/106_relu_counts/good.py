"""Bicycle counts: never negative, so the last layer is a ReLU; squared error of the counts."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
x = torch.randn(1600, 6)
mean = 4 + 2 * x[:, 0] * (x[:, 1] > 0) + x[:, 2]
count = torch.poisson(mean.clamp(min=0.2)).unsqueeze(1)


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(6, 40)
        self.out = nn.Linear(40, 1)
        nn.init.constant_(self.out.bias, 4.0)

    def forward(self, x):
        return torch.relu(self.out(torch.relu(self.hidden(x))))


net = Counter()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(6):
    total = 0.0
    for rows, n in DataLoader(TensorDataset(x, count), batch_size=50, shuffle=True):
        loss = nn.functional.mse_loss(net(rows), n)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    print(epoch, total / 32)
