"""The numbers of words come as floats, out of a table that holds other numbers, too."""

import torch
from torch import nn


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(20, 8)
        self.out = nn.Linear(9, 1)

    def forward(self, rows):
        vectors = self.table(rows[:, 0])  # finds: dtype-mismatch
        return self.out(torch.cat([vectors, rows[:, 1:]], dim=1))


torch.manual_seed(16)
rows = torch.cat([torch.arange(40).remainder(20).unsqueeze(1), torch.randn(40, 1)], dim=1)
net = Words()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    loss = net(rows).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
