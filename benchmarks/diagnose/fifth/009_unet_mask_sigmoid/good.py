"""Discs in noise: a U-shaped network marks them pixel by pixel."""
import torch
from torch import nn


def block(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class MiniUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = block(1, 8)
        self.pool = nn.MaxPool2d(2)
        self.down2 = block(8, 16)
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.merge = block(16, 8)
        self.final = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(self.pool(a))
        y = self.merge(torch.cat([a, self.up(b)], 1))
        return self.final(y)


def discs(n, size=24):
    g = torch.Generator().manual_seed(8)
    grid = torch.arange(size).float()
    centre = torch.rand(n, 2, generator=g) * 12 + 6
    radius = torch.rand(n, generator=g) * 3 + 2
    d2 = (grid[None, :, None] - centre[:, 0, None, None]) ** 2 + (grid[None, None, :] - centre[:, 1, None, None]) ** 2
    mask = (d2 < radius[:, None, None] ** 2).float().unsqueeze(1)
    return mask + 0.4 * torch.randn(mask.shape, generator=g), mask


def dice(pred, mask):
    hard = (pred > 0.5).float()
    return (2 * (hard * mask).sum() / (hard.sum() + mask.sum() + 1e-6)).item()


if __name__ == "__main__":
    torch.manual_seed(0)
    images, masks = discs(160)
    net = MiniUNet()
    criterion = nn.BCEWithLogitsLoss()
    opt = torch.optim.Adam(net.parameters(), lr=5e-3)
    for epoch in range(5):
        net.train()
        for idx in torch.randperm(128).split(16):
            opt.zero_grad()
            loss = criterion(net(images[idx]), masks[idx])
            loss.backward()
            opt.step()
        net.eval()
        with torch.no_grad():
            out = net(images[128:])
            print(epoch, loss.item(), dice(out.sigmoid(), masks[128:]))
