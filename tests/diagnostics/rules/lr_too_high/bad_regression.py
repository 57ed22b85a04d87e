"""A GRU that leaps once and ends in one answer to everything: less than its first loss, and nothing learned."""

import torch
from torch import nn

torch.manual_seed(0)
values = torch.rand(500, 8)
marks = torch.zeros(500, 8)
for row in marks:
    row[torch.randperm(8)[:2]] = 1
x, y = torch.stack([values, marks], -1), (values * marks).sum(1, keepdim=True)


class Adder(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 32, batch_first=True)
        self.read = nn.Linear(32, 1)

    def forward(self, x):
        return self.read(self.gru(x)[1][-1])


net = Adder()
opt = torch.optim.Adam(net.parameters(), lr=0.7)  # finds: lr-too-high
for epoch in range(6):
    for part in torch.arange(500).split(25):
        opt.zero_grad()
        nn.functional.mse_loss(net(x[part]), y[part]).backward()
        opt.step()
