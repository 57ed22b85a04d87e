"""Tables on purpose: one-hot codes, pairs of equal labels, a mask of later places, the best two of three."""

import torch
from torch import nn

torch.manual_seed(2)
y = torch.arange(60) % 3
x = torch.randn(60, 3) + 2 * torch.eye(3)[y]
places = torch.arange(60).unsqueeze(1)

net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(25):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
    with torch.no_grad():
        scores = net(x)
        codes = (y[:, None] == torch.arange(3)).float()
        same = y.view(-1, 1) == y
        others = y[:, None] == y.clone()
        later = places >= torch.arange(60)
        best = scores.topk(2, dim=1).indices.t()
        in_two = best.eq(y.view(1, -1).expand_as(best)).sum()
        either = (scores.topk(2, dim=1).indices == y.unsqueeze(1)).any(1).sum()
print(codes.sum(), same.sum(), others.sum(), later.sum(), in_two, either)
