"""Optimizes the pixels of a picture: Gram matrices of a fixed random network."""
import torch
from torch import nn

torch.manual_seed(11)
features = nn.Sequential(nn.Conv2d(3, 12, 3), nn.ReLU(), nn.Conv2d(12, 24, 3), nn.ReLU())
for p in features.parameters():
    p.requires_grad_(False)
style = torch.rand(1, 3, 24, 24).round()
content = torch.rand(1, 3, 24, 24)


def gram(f):
    b, c, h, w = f.shape
    f = f.view(c, h * w)
    return f @ f.T / (c * h * w)


target, keep = gram(features(style)), features(content)
picture = content.clone().requires_grad_(True)
optimizer = torch.optim.Adam([picture], lr=0.02)
for i in range(150):
    optimizer.zero_grad()
    f = features(picture)
    loss = 1000 * (gram(f) - target).pow(2).sum() + (f - keep).pow(2).mean()
    loss.backward()
    optimizer.step()
    picture.data.clamp_(0, 1)
    if i % 30 == 0:
        print(i, loss.item())
