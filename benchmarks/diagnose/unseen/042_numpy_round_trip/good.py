import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
np.random.seed(0)


class SpectralNet(nn.Module):
    """A learned filter bank, then power, then a small classifier."""

    def __init__(self, n=64, filters=16, classes=3):
        super().__init__()
        self.filters = nn.Linear(n, filters, bias=False)
        self.classify = nn.Sequential(nn.Linear(filters, 24), nn.ReLU(), nn.Linear(24, classes))

    def forward(self, wave):
        response = self.filters(wave)
        power = torch.log1p(response ** 2)
        return self.classify(power)


def waves(n):
    label = np.random.randint(0, 3, n)
    t = np.linspace(0, 1, 64)
    freq = np.array([3, 5, 8])[label] + np.random.randn(n) * 0.2
    phase = np.random.rand(n) * 2 * np.pi
    x = np.sin(2 * np.pi * freq[:, None] * t + phase[:, None]) + 0.3 * np.random.randn(n, 64)
    return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(label)


net = SpectralNet()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for step in range(250):
    x, y = waves(64)
    out = net(x)
    loss = nn.functional.cross_entropy(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 50 == 49:
        print(step + 1, round(loss.item(), 3), (out.argmax(1) == y).float().mean().item())
