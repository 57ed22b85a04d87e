"""A graph network: a node's answer depends on its neighbours', by the matrix of the graph."""

import torch
from torch import nn

torch.manual_seed(8)
x = torch.randn(50, 6)
links = (torch.rand(50, 50) < 0.08).float()
links = (links + links.T + torch.eye(50)).clamp_max(1)
links = links / links.sum(1, keepdim=True)
y = ((links @ x)[:, 0] > 0).long()


class Graph(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(6, 16), nn.Linear(16, 2)

    def forward(self, x, links):
        return self.two(links @ torch.relu(self.one(links @ x)))


net = Graph()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(30):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x, links), y).backward()
    optimizer.step()
