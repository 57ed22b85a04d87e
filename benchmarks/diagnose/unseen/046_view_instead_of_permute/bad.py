"""Which of four sensors carries the pulse? Recordings come as [time, sample, sensor]."""
import torch
from torch import nn

torch.manual_seed(0)
TIME, SENSORS = 20, 4


def recordings(n):
    which = torch.randint(0, SENSORS, (n,))
    x = 0.5 * torch.randn(TIME, n, SENSORS)
    at = torch.randint(0, TIME - 3, (n,))
    for k in range(3):
        x[at + k, torch.arange(n), which] += 2.0
    return x, which


class PulseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(TIME * SENSORS, 64), nn.ReLU(), nn.Linear(64, SENSORS))

    def forward(self, x):
        n = x.shape[1]
        flat = x.reshape(n, TIME * SENSORS)  # fault: batch-dim-mixing
        return self.body(flat)


net = PulseNet()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for step in range(300):
    x, y = recordings(64)
    out = net(x)
    loss = nn.functional.cross_entropy(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 60 == 59:
        print(f"{step + 1}: loss {loss.item():.3f}, right {(out.argmax(1) == y).float().mean():.3f}")
