"""A low-rank correction that starts at zero, beside a frozen layer that is the first of the network."""

import torch
from torch import nn


class Adapted(nn.Module):
    def __init__(self, base, rank=3):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, base.in_features) * 0.1)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + x @ self.down.T @ self.up.T


torch.manual_seed(52)
x = torch.randn(128, 8)
y = (x[:, 0] > 0).long()
net = nn.Sequential(Adapted(nn.Linear(8, 32)), nn.ReLU(), nn.Linear(32, 2))
opt = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=0.01)
for _ in range(60):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
