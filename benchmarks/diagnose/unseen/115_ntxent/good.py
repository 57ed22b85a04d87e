"""SimCLR on little images: two views of each, the other view must be recognised among the batch."""
import torch
import torch.nn.functional as F
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
X = torch.tensor(load_digits().data / 16).float()


def view(x):
    return x * (torch.rand_like(x) > 0.2) + 0.05 * torch.randn_like(x)


def nt_xent(a, b, temperature=0.3):
    z = F.normalize(torch.cat([a, b]), dim=1)
    sim = z @ z.T / temperature
    n = len(a)
    sim.fill_diagonal_(float("-inf"))
    target = torch.cat([torch.arange(n, 2 * n), torch.arange(n)])
    return F.cross_entropy(sim, target)


backbone = nn.Sequential(nn.Linear(64, 96), nn.BatchNorm1d(96), nn.ReLU())
projector = nn.Sequential(nn.Linear(96, 48), nn.ReLU(), nn.Linear(48, 24))
opt = torch.optim.Adam([{"params": backbone.parameters()}, {"params": projector.parameters()}], lr=3e-3)
for step in range(150):
    batch = X[torch.randint(0, len(X), (96,))]
    loss = nt_xent(projector(backbone(view(batch))), projector(backbone(view(batch))))
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 30 == 29:
        print(step + 1, loss.item())
