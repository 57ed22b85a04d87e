"""Anchors, positives and negatives through one network; and a siamese pair with a margin."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(8)
kind = torch.arange(120) % 4
x = torch.randn(120, 8) + 2 * torch.eye(8)[kind]
net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
far = nn.TripletMarginLoss(margin=1.0)
for step in range(25):
    a, b = x.roll(4, 0), x.roll(1, 0)
    optimizer.zero_grad()
    loss = far(net(x), net(a), net(b))
    loss.backward()
    optimizer.step()
for step in range(25):
    same = torch.where(torch.rand(120) < 0.5, 1.0, -1.0)
    other = torch.where(same[:, None] > 0, x.roll(4, 0), x.roll(1, 0))
    optimizer.zero_grad()
    F.cosine_embedding_loss(net(x), net(other), same, margin=0.2).backward()
    optimizer.step()
