"""Deep residual net with gradient checkpointing."""
import torch
from sklearn.datasets import make_moons
from torch import nn
from torch.utils.checkpoint import checkpoint


class Deep(nn.Module):
    def __init__(self, depth=6, width=24):
        super().__init__()
        self.stem = nn.Linear(2, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))
            for _ in range(depth)
        )
        self.head = nn.Linear(width, 2)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = x + checkpoint(block, x, use_reentrant=False)
        return self.head(x)


torch.manual_seed(18)
points, label = make_moons(1200, noise=0.15, random_state=0)
points, label = torch.tensor(points, dtype=torch.float32), torch.tensor(label)
net = Deep()
opt = torch.optim.AdamW(net.parameters(), lr=2e-3)
for epoch in range(6):
    for rows in torch.randperm(1000).split(50):
        loss = nn.functional.cross_entropy(net(points[rows]), label[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(epoch, loss.item(), (net(points[1000:]).argmax(1) == label[1000:]).float().mean().item())
