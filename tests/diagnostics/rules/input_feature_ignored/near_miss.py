"""No gradient reaches a category column, yet it counts; two columns never vary; dropout and batch norm between."""

import torch
from torch import nn

torch.manual_seed(2)
kind = torch.randint(0, 4, (120, 1))
x = torch.cat([kind.float(), torch.randn(120, 3), torch.zeros(120, 1), torch.ones(120, 1)], dim=1)
y = (x[:, 1] + kind[:, 0] > 1.5).long()


class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.kinds = nn.Embedding(4, 3)
        self.inner = nn.Linear(8, 16)
        self.norm = nn.BatchNorm1d(16)
        self.drop = nn.Dropout(0.2)
        self.outer = nn.Linear(16, 2)

    def forward(self, x):
        x = torch.cat([self.kinds(x[:, 0].long()), x[:, 1:]], dim=1)
        return self.outer(self.drop(torch.relu(self.norm(self.inner(x)))))


net = Mixed()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(60):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
