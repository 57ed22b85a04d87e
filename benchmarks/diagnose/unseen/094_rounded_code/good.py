import torch
from torch import nn


class VectorQuantizer(nn.Module):
    """Rounds each code to the next half and decodes it."""

    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 5))
        self.decode = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 12))

    def forward(self, x):
        code = self.encode(x)
        code = code + (torch.round(code * 2) / 2 - code).detach()
        return self.decode(code)


torch.manual_seed(0)
mix = torch.randn(3, 12)
net = VectorQuantizer()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for step in range(300):
    x = torch.randn(64, 3) @ mix
    loss = nn.functional.mse_loss(net(x), x)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 60 == 59:
        print(step + 1, loss.item())
