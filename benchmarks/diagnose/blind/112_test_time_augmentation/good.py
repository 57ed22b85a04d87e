"""Orientation-free classification; at test time the mean over four rotations."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(11)


def crosses_and_rings(n):
    y = torch.randint(0, 2, (n,))
    r = torch.arange(10) - 4.5
    ring = ((r[:, None] ** 2 + r[None, :] ** 2 - 10).abs() < 4).float()
    cross = ((r[:, None] - r[None, :]).abs() < 1.5).float()
    return torch.where(y[:, None, None] == 0, ring, cross).unsqueeze(1) + 0.9 * torch.randn(n, 1, 10, 10), y


net = nn.Sequential(
    nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(3), nn.Flatten(),
    nn.Dropout(0.2), nn.Linear(72, 2),
)
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
loader = DataLoader(TensorDataset(*crosses_and_rings(1280)), batch_size=64, shuffle=True)
test_x, test_y = crosses_and_rings(300)
for epoch in range(4):
    net.train()
    for x, y in loader:
        x = torch.rot90(x, int(torch.randint(0, 4, ())), (2, 3))
        loss = F.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        views = torch.stack([net(torch.rot90(test_x, k, (2, 3))).softmax(1) for k in range(4)])
        print(epoch, loss.item(), (views.mean(0).argmax(1) == test_y).float().mean().item())
