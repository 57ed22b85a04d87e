"""Which of four motifs is hidden in a token sequence? A small encoder with a config."""
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    vocab: int = 12
    length: int = 12
    dim: int = 32
    heads: int = 4
    classes: int = 4
    head_activation: str = "identity"
    lr: float = 2e-3
    steps: int = 250
    batch: int = 64


ACTIVATIONS = {"softmax": nn.Softmax(dim=-1), "identity": nn.Identity()}


class Classifier(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.tokens = nn.Embedding(cfg.vocab, cfg.dim)
        self.places = nn.Parameter(0.02 * torch.randn(cfg.length, cfg.dim))
        layer = nn.TransformerEncoderLayer(cfg.dim, cfg.heads, 64, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1)
        self.head = nn.Linear(cfg.dim, cfg.classes)
        self.activation = ACTIVATIONS[cfg.head_activation]

    def forward(self, ids):
        x = self.encoder(self.tokens(ids) + self.places)
        return self.activation(self.head(x.mean(1)))


def batch(cfg, g):
    ids = torch.randint(4, cfg.vocab, (cfg.batch, cfg.length), generator=g)
    y = torch.randint(0, cfg.classes, (cfg.batch,), generator=g)
    where = torch.randint(0, cfg.length - 1, (cfg.batch,), generator=g)
    rows = torch.arange(cfg.batch)
    ids[rows, where] = y
    ids[rows, where + 1] = (y + 1) % 4
    return ids, y


cfg = Config()
torch.manual_seed(0)
g = torch.Generator().manual_seed(5)
net = Classifier(cfg)
optimizer = torch.optim.Adam(net.parameters(), lr=cfg.lr)
loss_fn = nn.CrossEntropyLoss()
for step in range(cfg.steps):
    ids, y = batch(cfg, g)
    out = net(ids)
    loss = loss_fn(out, y)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if step % 50 == 49:
        print(step + 1, round(loss.item(), 3), (out.argmax(1) == y).float().mean().item())
