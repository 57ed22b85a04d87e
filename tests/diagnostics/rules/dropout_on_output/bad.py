"""Dropout after the last layer."""

import torch
from torch import nn

torch.manual_seed(5)
y = torch.arange(120) % 3
x = torch.randn(120, 6) + 3 * torch.eye(6)[y]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 32)
        self.fc2 = nn.Linear(32, 3)
        self.dropout = nn.Dropout(0.3)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        return self.dropout(self.fc2(x))  # finds: dropout-on-output


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for _ in range(60):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
net.eval()
with torch.no_grad():
    print((net(x).argmax(1) == y).float().mean().item())
