"""Nothing is detached but what is printed."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(6, 20)
        self.head = nn.Linear(20, 3)

    def forward(self, x):
        hidden = torch.relu(self.body(x))
        return self.head(hidden)


torch.manual_seed(0)
y = torch.arange(120) % 3
x = torch.randn(120, 6) + 2 * nn.functional.one_hot(y, 6)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(40):
    opt.zero_grad()
    scores = net(x)
    loss = nn.functional.cross_entropy(scores, y)
    loss.backward()
    opt.step()
    right = (scores.argmax(1) == y).float().mean().item()
print(loss.item(), right)
