"""Transformer encoder with padding masks and a class token."""
import torch
from torch import nn

PAD, CLS = 0, 1


class Encoder(nn.Module):
    def __init__(self, vocab=40, dim=32, length=13):
        super().__init__()
        self.tok = nn.Embedding(vocab, dim, padding_idx=PAD)
        self.pos = nn.Parameter(0.02 * torch.randn(1, length, dim))
        layer = nn.TransformerEncoderLayer(dim, 4, 64, dropout=0.1, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(dim, 3)

    def forward(self, ids):
        h = self.tok(ids) + self.pos[:, :ids.size(1)]
        h = self.encoder(h, src_key_padding_mask=ids == PAD)
        return self.head(h[:, 0])


def batch(n):
    ids = torch.randint(5, 40, (n, 12))
    length = torch.randint(4, 13, (n,))
    ids[torch.arange(12)[None] >= length[:, None]] = PAD
    label = torch.randint(0, 3, (n,))
    ids[torch.arange(n), (torch.rand(n) * length).long()] = 2 + label
    return torch.cat([torch.full((n, 1), CLS), ids], 1), label


torch.manual_seed(8)
model = Encoder()
opt = torch.optim.AdamW(model.parameters(), lr=2e-3)
sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min(1.0, (s + 1) / 30))
for step in range(200):
    ids, label = batch(48)
    loss = nn.functional.cross_entropy(model(ids), label, label_smoothing=0.05)
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
    sched.step()
    if step % 50 == 49:
        model.eval()
        with torch.no_grad():
            ids, label = batch(200)
            print(step, loss.item(), (model(ids).argmax(1) == label).float().mean().item())
        model.train()
