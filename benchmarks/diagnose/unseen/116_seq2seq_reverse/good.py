import random
import torch
from torch import nn

torch.manual_seed(0)
random.seed(0)
PAD, SOS, VOCAB = 0, 1, 10


class Seq2Seq(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.emb = nn.Embedding(VOCAB, d, padding_idx=PAD)
        self.enc = nn.GRU(d, d, batch_first=True)
        self.cell = nn.GRUCell(d, d)
        self.out = nn.Linear(d, VOCAB)

    def forward(self, src, tgt, teacher_forcing):
        _, h = self.enc(self.emb(src))
        h = h[0]
        token = torch.full((len(src),), SOS)
        outputs = []
        for t in range(tgt.shape[1]):
            h = self.cell(self.emb(token), h)
            logits = self.out(h)
            outputs.append(logits)
            token = tgt[:, t] if random.random() < teacher_forcing else logits.argmax(1)
        return torch.stack(outputs, 1)


def batch(n):
    lengths = torch.randint(3, 6, (n,))
    src = torch.zeros(n, 5, dtype=torch.long)
    tgt = torch.zeros(n, 5, dtype=torch.long)
    for i, k in enumerate(lengths):
        w = torch.randint(2, VOCAB, (int(k),))
        src[i, :k], tgt[i, :k] = w, w.flip(0)
    return src, tgt


model = Seq2Seq()
opt = torch.optim.Adam(model.parameters(), lr=6e-3)
crit = nn.CrossEntropyLoss(ignore_index=PAD)
for step in range(220):
    src, tgt = batch(64)
    out = model(src, tgt, 0.7)
    loss = crit(out.view(-1, VOCAB), tgt.view(-1))
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1)
    opt.step()
    if step % 40 == 39:
        keep = tgt != PAD
        print(step + 1, loss.item(), (out.argmax(-1)[keep] == tgt[keep]).float().mean().item())
