"""cross_entropy with one output and one probability as its target."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.out = nn.Linear(4, 12), nn.Linear(12, 1)

    def forward(self, x):
        return self.out(torch.relu(self.inner(x)))


torch.manual_seed(1)
x = torch.randn(100, 4)
y = torch.zeros(100).long()
net, criterion = Net(), nn.CrossEntropyLoss()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for _ in range(30):
    opt.zero_grad()
    loss = criterion(net(x), y)  # finds: softmax-single-output
    loss.backward()
    opt.step()
