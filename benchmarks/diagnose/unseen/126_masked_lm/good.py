import torch
from torch import nn

torch.manual_seed(0)
V, L, MASK = 20, 10, 19


def corpus(n):
    start = torch.randint(0, 18, (n, 1))
    stride = torch.randint(1, 4, (n, 1))
    return (start + stride * torch.arange(L)) % 18


class Bert(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.tok = nn.Embedding(V, d)
        self.pos = nn.Embedding(L, d)
        layer = nn.TransformerEncoderLayer(d, 4, 64, dropout=0.0, batch_first=True)
        self.enc = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(d, V)

    def forward(self, ids):
        return self.out(self.enc(self.tok(ids) + self.pos(torch.arange(L))))


model = Bert()
opt = torch.optim.AdamW(model.parameters(), lr=2e-3)
for step in range(200):
    ids = corpus(64)
    hide = torch.rand(ids.shape) < 0.15
    hide[torch.arange(64), torch.randint(0, L, (64,))] = True
    labels = ids.masked_fill(~hide, -100)
    logits = model(ids.masked_fill(hide, MASK))
    loss = nn.functional.cross_entropy(logits.transpose(1, 2), labels)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 40 == 39:
        print(step + 1, loss.item(), (logits.argmax(-1)[hide] == ids[hide]).float().mean().item())
