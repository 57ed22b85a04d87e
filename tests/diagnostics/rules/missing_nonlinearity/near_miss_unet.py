"""A U-Net: the transposed convolution enlarges the map, and the next convolution reads it beside the skip."""

import torch
from torch import nn

torch.manual_seed(71)
mask = torch.zeros(24, 1, 8, 8)
for number in range(24):
    mask[number, 0, number % 4 : number % 4 + 3, number % 5 : number % 5 + 3] = 1
image = mask + 0.2 * torch.randn(24, 1, 8, 8)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.left = nn.Conv2d(1, 6, 3, padding=1)
        self.deep = nn.Conv2d(6, 12, 3, padding=1)
        self.up = nn.ConvTranspose2d(12, 6, 2, stride=2)
        self.right = nn.Conv2d(12, 6, 3, padding=1)
        self.out = nn.Conv2d(6, 1, 1)

    def forward(self, x):
        skip = torch.relu(self.left(x))
        deep = torch.relu(self.deep(nn.functional.max_pool2d(skip, 2)))
        both = torch.cat([self.up(deep), skip], dim=1)
        return self.out(torch.relu(self.right(both)))


net = UNet()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
criterion = nn.BCEWithLogitsLoss()
for _ in range(40):
    optimizer.zero_grad()
    loss = criterion(net(image), mask)
    loss.backward()
    optimizer.step()
