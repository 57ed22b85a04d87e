"""Does a sequence hold more A than B? A small transformer encoder, with a dataclass as configuration."""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Config:
    vocab: int = 6
    length: int = 12
    width: int = 32
    heads: int = 4
    layers: int = 1
    classes: int = 3
    batch: int = 64
    steps: int = 120
    lr: float = 3e-3


class Classifier(nn.Module):
    def __init__(self, cfg: Config):
        super().__init__()
        self.token = nn.Embedding(cfg.vocab, cfg.width)
        self.place = nn.Parameter(torch.randn(cfg.length, cfg.width) * 0.02)
        layer = nn.TransformerEncoderLayer(cfg.width, cfg.heads, 64, dropout=0.0, batch_first=True)
        self.body = nn.TransformerEncoder(layer, cfg.layers)
        self.norm = nn.LayerNorm(cfg.width)
        self.head = nn.Linear(cfg.width, cfg.classes)

    def forward(self, ids):
        h = self.token(ids) + self.place
        h = self.norm(self.body(h).mean(1))
        return self.head(h)


def sample(cfg, generator):
    ids = torch.randint(0, cfg.vocab, (cfg.batch, cfg.length), generator=generator)
    difference = (ids == 0).sum(1) - (ids == 1).sum(1)
    return ids, difference.sign() + 1


cfg = Config()
torch.manual_seed(0)
gen = torch.Generator().manual_seed(1)
net = Classifier(cfg)
opt = torch.optim.AdamW(net.parameters(), lr=cfg.lr)
for step in range(cfg.steps):
    ids, label = sample(cfg, gen)
    scores = net(ids)
    loss = F.cross_entropy(scores, label)
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    if step % 20 == 0:
        print(step, round(loss.item(), 4), (scores.argmax(-1) == label).float().mean().item())
