"""Segmentation of bright discs with a U-Net of two levels."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
SIZE = 24
grid = torch.stack(torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")).float()


def discs(n):
    centre = torch.randint(5, SIZE - 5, (n, 2, 1, 1)).float()
    radius = torch.randint(2, 6, (n, 1, 1)).float()
    mask = ((grid - centre).pow(2).sum(1).sqrt() < radius).float().unsqueeze(1)
    return mask * 0.7 + 0.3 * torch.rand(n, 1, SIZE, SIZE), mask


def double_conv(fan_in, fan_out):
    return nn.Sequential(
        nn.Conv2d(fan_in, fan_out, 3, padding=1), nn.ReLU(), nn.Conv2d(fan_out, fan_out, 3, padding=1), nn.ReLU()
    )


class UNet(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.encode = double_conv(1, width)
        self.bottom = double_conv(width, 2 * width)
        self.up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.decode = double_conv(width, width)  # fault: shape-mismatch
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        skip = self.encode(x)
        h = self.up(self.bottom(F.max_pool2d(skip, 2)))
        h = self.decode(torch.cat([h, skip], dim=1))  # fault: shape-mismatch
        return self.out(h)


net = UNet()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for step in range(60):
    x, mask = discs(16)
    loss = F.binary_cross_entropy_with_logits(net(x), mask)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 15 == 14:
        print(step + 1, round(loss.item(), 4))
