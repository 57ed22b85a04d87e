"""Residual MLP on a checkerboard."""
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x):
        return x + self.down(torch.relu(self.up(self.norm(x))))


class ResMLP(nn.Module):
    def __init__(self, depth=3, width=32):
        super().__init__()
        self.stem = nn.Linear(2, width)
        self.blocks = [Block(width) for _ in range(depth)]  # fault: unregistered-submodule
        self.head = nn.Linear(width, 2)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


torch.manual_seed(0)
points = torch.rand(3000, 2)
labels = ((points * 3).floor().sum(1) % 2).long()
points = points * 4 - 2
net = ResMLP()
opt = torch.optim.AdamW(net.parameters(), lr=3e-3)
print("parameters:", sum(p.numel() for p in net.parameters()))
for epoch in range(6):
    for rows in torch.randperm(3000).split(100):
        logits = net(points[rows])
        loss = nn.functional.cross_entropy(logits, labels[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(epoch, loss.item(), (net(points).argmax(1) == labels).float().mean().item())
