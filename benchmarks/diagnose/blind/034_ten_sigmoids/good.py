"""Depth experiment: two rings, an MLP whose depth is a parameter."""
import torch
from sklearn.datasets import make_circles
from torch import nn

torch.manual_seed(0)
points, ring = make_circles(1000, noise=0.06, factor=0.5, random_state=0)
points = torch.tensor(points, dtype=torch.float32) * 1.4
ring = torch.tensor(ring, dtype=torch.float32).unsqueeze(1)


class Deep(nn.Module):
    def __init__(self, depth=10, width=20):
        super().__init__()
        self.first = nn.Linear(2, width)
        self.middle = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)

    def forward(self, x):
        x = torch.relu(self.first(x))
        for layer in self.middle:
            x = torch.relu(layer(x))
        return self.last(x)


net = Deep()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(15):
    for rows in torch.randperm(1000).split(50):
        loss = nn.functional.binary_cross_entropy_with_logits(net(points[rows]), ring[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 3 == 2:
        print(epoch, loss.item(), ((net(points) > 0) == (ring > 0.5)).float().mean().item())
