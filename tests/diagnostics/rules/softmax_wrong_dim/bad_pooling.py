"""Attention over the items of a bag, its softmax over the bags of the batch."""

import torch
from torch import nn


class Pooling(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(5, 16), nn.ReLU())
        self.attention = nn.Sequential(nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
        self.out = nn.Linear(16, 1)

    def forward(self, bags):
        h = self.embed(bags)
        weights = torch.softmax(self.attention(h), dim=0)  # finds: softmax-wrong-dim, batch-dim-mixing
        return self.out((weights * h).sum(dim=1)).squeeze(-1)


torch.manual_seed(4)
y = (torch.arange(200) % 2).float()
bags = torch.randn(200, 6, 5)
bags[:, 0, 0] = 3 * (2 * y - 1)
net = Pooling()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(8):
    for rows in torch.randperm(200).split(40):
        loss = nn.functional.binary_cross_entropy_with_logits(net(bags[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(loss.item())
