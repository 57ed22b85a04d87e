"""A missing value is written into the data as NaN and forgotten; batches from a list, a loop in a function."""

import torch
import torch.nn.functional as F

torch.manual_seed(8)
x = torch.randn(96, 4)
y = (x[:, 0] > 0).long()
x[50, 3] = float("nan")  # finds: non-finite
w = torch.nn.Linear(4, 2)
opt = torch.optim.SGD(w.parameters(), lr=0.1)


def run(batches):
    for a, b in batches:
        opt.zero_grad()
        F.cross_entropy(w(a), b).backward()
        opt.step()


run(list(zip(x.split(16), y.split(16), strict=True)))
