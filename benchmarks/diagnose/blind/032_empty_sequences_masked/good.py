"""Masked attention over sets of different size (some sets are empty)."""
import torch
from torch import nn


class MaskedAttention(nn.Module):
    def __init__(self, d=6, h=16):
        super().__init__()
        self.key = nn.Linear(d, h)
        self.query = nn.Parameter(torch.randn(h) / 4)
        self.out = nn.Linear(d, 1)

    def forward(self, x, mask):
        score = torch.tanh(self.key(x)) @ self.query
        score = score.masked_fill(~mask, -1e9)
        weight = torch.softmax(score, dim=1)
        return self.out((weight.unsqueeze(-1) * x).sum(1)).squeeze(1)


torch.manual_seed(19)
net = MaskedAttention()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for step in range(200):
    x = torch.randn(64, 7, 6)
    lengths = torch.randint(0, 8, (64,))
    mask = torch.arange(7)[None, :] < lengths[:, None]
    x = x * mask.unsqueeze(-1)
    y = x.sum(1)[:, 0] / lengths.clamp(min=1)
    loss = nn.functional.mse_loss(net(x, mask), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 40 == 0:
        print(step, loss.item())
