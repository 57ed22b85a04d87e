"""Time really comes first: one long series and a label for each of its steps; and a proper transpose."""

import torch
from torch import nn

torch.manual_seed(7)
wave = torch.sin(torch.arange(80) * 0.3)
x, y = wave[:-1].view(79, 1, 1), (wave[1:] > 0).long()


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(1, 12)
        self.out = nn.Linear(12, 2)

    def forward(self, x):
        return self.out(self.rnn(x)[0]).view(len(x), -1)


net = Tagger()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(20):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
