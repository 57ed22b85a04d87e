"""The last layer is replaced after the optimizer was made; only the other layers are trained."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 16), nn.ReLU())
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        return self.head(self.body(x))


torch.manual_seed(63)
y = torch.arange(90) % 3
x = torch.randn(90, 8) + 2 * torch.eye(8)[y]
net = Net()
opt = torch.optim.AdamW(net.parameters(), lr=0.01)  # finds: param-not-in-optimizer
net.head = nn.Linear(16, 3)
net.train()
for _ in range(25):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
