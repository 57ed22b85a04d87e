"""Labels read from a text table come as floats."""
import io

import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(4)
kind = rng.integers(0, 3, 240)
rows = np.column_stack([rng.normal(size=(240, 5)) + kind[:, None] * np.array([1, -1, 2, 0, 0.5]), kind])
text = io.StringIO("\n".join(",".join(f"{v:.4f}" for v in row) for row in rows))

table = torch.tensor(np.loadtxt(text, delimiter=","), dtype=torch.float32)
features = table[:, :5]
labels = table[:, 5]  # fault: dtype-mismatch

torch.manual_seed(4)
net = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(40):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(features), labels)  # fault: dtype-mismatch
    loss.backward()
    opt.step()
print("loss", loss.item())
