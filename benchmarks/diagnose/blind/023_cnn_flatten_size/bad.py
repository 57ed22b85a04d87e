"""Stripes: vertical, horizontal or diagonal."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class StripeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 12, 3)
        self.fc1 = nn.Linear(12 * 6 * 6, 32)  # fault: shape-mismatch
        self.fc2 = nn.Linear(32, 3)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))  # fault: shape-mismatch
        return self.fc2(x)


def stripes(n):
    label = torch.randint(0, 3, (n,))
    r = torch.arange(28.0)
    row, col = r[:, None].expand(28, 28), r[None, :].expand(28, 28)
    maps = torch.stack([torch.sin(col), torch.sin(row), torch.sin((row + col) / 1.4)])
    return maps[label].unsqueeze(1) + 0.5 * torch.randn(n, 1, 28, 28), label


torch.manual_seed(1)
net = StripeNet()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for it in range(60):
    x, y = stripes(32)
    loss = F.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 10 == 0:
        print(it, loss.item())
