"""Two views of each example; every view is compared with every other."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(3)
x = torch.randn(48, 10)
encoder = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 8))
opt = torch.optim.Adam(encoder.parameters(), lr=0.01)
for _ in range(40):
    one = F.normalize(encoder(x + 0.1 * torch.randn_like(x)), dim=1)
    two = F.normalize(encoder(x + 0.1 * torch.randn_like(x)), dim=1)
    alike = one @ two.T / 0.2
    loss = (F.cross_entropy(alike, torch.arange(48)) + F.cross_entropy(alike.T, torch.arange(48))) / 2
    opt.zero_grad()
    loss.backward()
    opt.step()
