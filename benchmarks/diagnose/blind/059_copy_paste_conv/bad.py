"""Segmentation of blobs: a small encoder-decoder."""
import torch
from torch import nn


class Segmenter(nn.Module):
    def __init__(self, c=8):
        super().__init__()
        self.down1 = nn.Conv2d(1, c, 3, padding=1)
        self.down2 = nn.Conv2d(c, c, 3, padding=1)  # fault: unused-module
        self.down3 = nn.Conv2d(c, c, 3, padding=1)
        self.up = nn.Upsample(scale_factor=2)
        self.head = nn.Conv2d(2 * c, 1, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        a = torch.relu(self.down1(x))
        b = torch.relu(self.down3(self.pool(a)))  # fault: unused-module
        b = torch.relu(self.down3(b))
        return self.head(torch.cat([a, self.up(b)], 1))


def blobs(n):
    r = torch.arange(16.0)
    centre = torch.rand(n, 2, 1, 1) * 10 + 3
    d = (r[None, :, None] - centre[:, 0]) ** 2 + (r[None, None, :] - centre[:, 1]) ** 2
    mask = (d < 12).float().unsqueeze(1)
    return mask + 0.9 * torch.randn(n, 1, 16, 16), mask


torch.manual_seed(43)
net = Segmenter()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for step in range(150):
    image, mask = blobs(16)
    logits = net(image)
    loss = nn.functional.binary_cross_entropy_with_logits(logits, mask)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 30 == 29:
        inter = ((logits > 0) & (mask > 0)).sum() / ((logits > 0) | (mask > 0)).sum()
        print(step + 1, loss.item(), inter.item())
