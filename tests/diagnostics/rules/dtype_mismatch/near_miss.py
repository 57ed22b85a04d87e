"""A network in float64 as a whole, labels cast where they are used, and half of it under autocast."""

import numpy as np
import torch
from torch import nn

torch.manual_seed(4)
rng = np.random.default_rng(4)
x = torch.from_numpy(rng.normal(size=(60, 4)))
y = torch.from_numpy(rng.integers(0, 2, 60))
exact = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 1)).double()
quick = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 2))
opt = torch.optim.Adam([*exact.parameters(), *quick.parameters()], lr=0.01)
for _ in range(20):
    opt.zero_grad()
    nn.functional.binary_cross_entropy_with_logits(exact(x)[:, 0], y.double()).backward()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = nn.functional.cross_entropy(quick(x.float()), y.int().long())
    loss.backward()
    opt.step()
