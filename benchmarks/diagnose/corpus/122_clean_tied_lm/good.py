import torch
from torch import nn

torch.manual_seed(1)
text = "the quick brown fox jumps over the lazy dog and the dog sleeps while the fox runs away " * 12
letters = sorted(set(text))
ids = torch.tensor([letters.index(c) for c in text])


class LM(nn.Module):
    def __init__(self, v, d=24):
        super().__init__()
        self.emb = nn.Embedding(v, d)
        self.rnn = nn.GRU(d, d)
        self.out = nn.Linear(d, v, bias=False)
        self.out.weight = self.emb.weight

    def forward(self, x, h):
        y, h = self.rnn(self.emb(x), h)
        return self.out(y), h


net = LM(len(letters))
opt = torch.optim.AdamW(net.parameters(), lr=5e-3)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=2e-2, total_steps=80)
stream = ids[: len(ids) // 8 * 8].view(8, -1).t()
done = 0
while done < 80:
    h = None
    for k in range(0, stream.size(0) - 21, 20):
        logits, h = net(stream[k:k + 20], h)
        h = h.detach()
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), stream[k + 1:k + 21].flatten())
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        sched.step()
        done += 1
        if done == 80:
            break
print("loss", loss.item())
