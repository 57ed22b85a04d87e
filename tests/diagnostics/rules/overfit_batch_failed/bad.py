"""The hidden layer's result is multiplied away: the answer is the same for every input."""

import torch
from torch import nn

torch.manual_seed(30)
y = torch.arange(100) % 4
x = torch.randn(100, 6) + 2 * torch.eye(6)[y]


class Net(nn.Module):  # finds: overfit-batch-failed
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(6, 32)
        self.out = nn.Linear(32, 4)

    def forward(self, x):  # finds: input-independent
        return self.out(torch.relu(self.hidden(x)) * 0)


net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(30):
    optimizer.zero_grad()
    criterion(net(x), y).backward()
    optimizer.step()
