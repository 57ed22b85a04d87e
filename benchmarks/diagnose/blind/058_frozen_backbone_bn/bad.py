"""A frozen backbone with batch norm, a new head for shifted data."""
import torch
from torch import nn

torch.manual_seed(42)
backbone = nn.Sequential(nn.Linear(12, 40), nn.BatchNorm1d(40), nn.ReLU(), nn.Linear(40, 24), nn.BatchNorm1d(24), nn.ReLU())


def batch(n, shift=0.0):
    x = torch.randn(n, 12) + shift
    return x, (x[:, 0] * x[:, 1] > shift * x[:, 2]).long()


old = nn.Sequential(backbone, nn.Linear(24, 2))
opt = torch.optim.Adam(old.parameters(), 3e-3)
for _ in range(60):
    x, y = batch(64)
    opt.zero_grad()
    nn.functional.cross_entropy(old(x), y).backward()
    opt.step()

for p in backbone.parameters():
    p.requires_grad_(False)
new = nn.Sequential(backbone, nn.Linear(24, 2))
opt = torch.optim.Adam(new[1].parameters(), 3e-3)
for step in range(120):
    new.train()  # fault: frozen-params-change
    x, y = batch(64, shift=1.5)
    loss = nn.functional.cross_entropy(new(x), y)  # fault: frozen-params-change
    opt.zero_grad()
    loss.backward()
    opt.step()
old.eval()
with torch.no_grad():
    x, y = batch(2000)
    print("new loss", loss.item(), "old task", (old(x).argmax(1) == y).float().mean().item())
