import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)


def scene(n, s=16):
    mask = torch.zeros(n, s, s, dtype=torch.long)
    for i in range(n):
        for c in (1, 2):
            r, q = torch.randint(0, s - 5, (2,)).tolist()
            mask[i, r:r + 5, q:q + 5] = c
    img = torch.stack([(mask == 1).float(), (mask == 2).float(), torch.zeros(n, s, s)], 1) + 0.5 * torch.randn(n, 3, s, s)
    return img, mask


class FCN(nn.Module):
    def __init__(self, k=3):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 24, 3, 2, 1), nn.ReLU())
        self.up = nn.ConvTranspose2d(24, 16, 2, 2)
        self.last = nn.Conv2d(19, k, 1)

    def forward(self, x):
        return self.last(torch.cat([F.relu(self.up(self.down(x))), x], 1))


def dice(logits, mask):
    p = F.softmax(logits, 1)
    t = F.one_hot(mask, 3).permute(0, 3, 1, 2).float()
    inter = (p * t).sum((0, 2, 3))
    return 1 - (2 * inter / (p.sum((0, 2, 3)) + t.sum((0, 2, 3)) + 1e-6)).mean()


net = FCN()
opt = torch.optim.Adam(net.parameters(), lr=4e-3)
weight = torch.tensor([0.3, 1.0, 1.0])
for step in range(120):
    x, m = scene(12)
    out = net(x)
    loss = F.cross_entropy(out, m, weight=weight) + dice(out, m)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 24 == 23:
        print(step + 1, loss.item(), "pixel accuracy", (out.argmax(1) == m).float().mean().item())
