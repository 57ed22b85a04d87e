import torch
from torch import nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16).float(), torch.tensor(y)
groups = [(y == c).nonzero().flatten() for c in range(10)]


class Embedder(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, dim))

    def forward(self, x):
        return F.normalize(self.net(x), dim=1)


def triplets(n):
    a, p, q = [], [], []
    for _ in range(n):
        c, o = torch.randperm(10)[:2].tolist()
        i, j = groups[c][torch.randint(len(groups[c]), (2,))]
        a.append(i)
        p.append(j)
        q.append(groups[o][torch.randint(len(groups[o]), (1,))][0])
    return X[torch.stack(a)], X[torch.stack(p)], X[torch.stack(q)]


emb = Embedder()
opt = torch.optim.Adam(emb.parameters(), lr=2e-3)
loss_fn = nn.TripletMarginLoss(margin=0.4)
for step in range(150):
    a, p, n = triplets(48)
    loss = loss_fn(emb(a), emb(p), emb(n))
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 30 == 29:
        print(step + 1, loss.item())
