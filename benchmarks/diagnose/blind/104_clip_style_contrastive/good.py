"""Two views matched within the batch, CLIP style: rows and columns of one similarity matrix."""
import torch
import torch.nn.functional as F
from torch import nn


class TwoTowers(nn.Module):
    def __init__(self):
        super().__init__()
        self.left = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 8))
        self.right = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 8))
        self.log_scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, a, b):
        a, b = F.normalize(self.left(a), dim=1), F.normalize(self.right(b), dim=1)
        return self.log_scale.exp() * a @ b.T


torch.manual_seed(3)
to_a, to_b = torch.randn(4, 16), torch.randn(4, 10)
model = TwoTowers()
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
target = torch.arange(48)
for step in range(200):
    z = torch.randn(48, 4)
    sim = model(z @ to_a + 0.1 * torch.randn(48, 16), z @ to_b + 0.1 * torch.randn(48, 10))
    loss = (F.cross_entropy(sim, target) + F.cross_entropy(sim.T, target)) / 2
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 50 == 49:
        print(step + 1, loss.item(), (sim.argmax(1) == target).float().mean().item())
