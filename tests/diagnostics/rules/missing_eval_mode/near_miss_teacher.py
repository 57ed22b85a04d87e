"""The network's own answers for other views are targets, cut off by detach; its accuracy on training examples."""

import torch
from torch import nn

torch.manual_seed(42)
x = torch.randn(120, 6)
y = (x[:, 0] > 0).long()
net = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(8):
    for rows in torch.randperm(120).split(30):
        view = x[rows] + 0.1 * torch.randn(30, 6)
        wanted = net(view).softmax(dim=1).detach()
        scores = net(x[rows])
        loss = nn.functional.cross_entropy(scores, y[rows]) + nn.functional.cross_entropy(scores, wanted)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print((net(x).argmax(1) == y).float().mean().item())
