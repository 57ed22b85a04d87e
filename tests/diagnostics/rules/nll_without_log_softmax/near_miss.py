"""Log-probabilities in other ways: log of softmax, a mixture, a focal weight, an average of two, images."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(3)
y = torch.arange(120) % 3
x = torch.randn(120, 4) + 2 * F.one_hot(y, 4)
one = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
two = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3), nn.LogSoftmax(dim=1))
pixels = nn.Sequential(nn.Conv2d(2, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 3, 1), nn.LogSoftmax(dim=1))
image = torch.randn(8, 2, 6, 6)
parts = (image[:, 0] > 0).long() + (image[:, 1] > 0).long()
opt = torch.optim.Adam([*one.parameters(), *two.parameters(), *pixels.parameters()], lr=0.01)
for _ in range(40):
    opt.zero_grad()
    chances, logs = F.softmax(one(x), dim=1), two(x)
    by_hand = one(x) - one(x).logsumexp(1, keepdim=True)
    mixed = torch.log(0.5 * chances + 0.5 * logs.exp())
    focal = (1 - logs.exp()) ** 2 * logs
    loss = F.nll_loss(torch.log(chances + 1e-8), y) + F.nll_loss(mixed, y) + F.nll_loss(focal, y)
    loss = loss + F.nll_loss((logs + chances.log()) / 2, y) + F.nll_loss(by_hand, y) + F.nll_loss(pixels(image), parts)
    loss.backward()
    opt.step()
