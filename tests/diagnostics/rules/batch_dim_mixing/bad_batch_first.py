"""Examples first, but the recurrent layer takes them for time."""

import torch
from torch import nn

torch.manual_seed(3)
x = torch.randn(60, 9, 3)
y = (x.sum((1, 2)) > 0).long()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 10)  # finds: batch-dim-mixing
        self.fc = nn.Linear(10, 2)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out[:, -1])


net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(10):
    optimizer.zero_grad()
    loss = criterion(net(x), y)
    loss.backward()
    optimizer.step()
