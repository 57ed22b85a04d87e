"""Five sensors, twenty readings each: attention over time, written with scaled_dot_product_attention."""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn, optim


@dataclass
class Config:
    dim: int = 32
    dropout: float = 0.3
    lr: float = 3e-3
    epochs: int = 12


def readings(n, generator):
    x = torch.randn(n, 20, 5, generator=generator)
    y = torch.randint(3, (n,), generator=generator)
    at = torch.randint(20, (n,), generator=generator)
    x[torch.arange(n), at, y] += 3.0
    return x, y


class SelfAttention(nn.Module):
    def __init__(self, dim, dropout):
        super().__init__()
        self.qkv = nn.Linear(dim, 3 * dim)
        self.dropout = dropout

    def forward(self, h):
        q, k, v = self.qkv(h).chunk(3, dim=-1)
        return h + F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0)


class SensorNet(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(5, cfg.dim), nn.GELU())
        self.attend = SelfAttention(cfg.dim, cfg.dropout)
        self.head = nn.Sequential(nn.LayerNorm(cfg.dim), nn.Linear(cfg.dim, 3))

    def forward(self, x):
        return self.head(self.attend(self.embed(x)).mean(1))


cfg = Config()
torch.manual_seed(0)
gen = torch.Generator().manual_seed(5)
x, y = readings(800, gen)
x_val, y_val = readings(200, gen)
net = SensorNet(cfg)
opt = optim.Adam(net.parameters(), lr=cfg.lr)
for epoch in range(cfg.epochs):
    net.train()
    for idx in torch.randperm(800).split(50):
        opt.zero_grad(set_to_none=True)
        F.cross_entropy(net(x[idx]), y[idx]).backward()
        opt.step()
    net.eval()
    with torch.inference_mode():
        first, second = (F.cross_entropy(net(x_val), y_val).item() for _ in range(2))
    print(f"epoch {epoch:2d} val loss {first:.4f}, evaluated again {second:.4f}")
