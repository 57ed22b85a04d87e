import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
bunch = load_digits()
X = torch.tensor(bunch.data / 16).float()
Y = torch.tensor(bunch.target)


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))

    def forward(self, a, b):
        ea, eb = self.embed(a), self.embed(b)
        return torch.sqrt(((ea - eb) ** 2).sum(1))  # fault: non-finite


def pairs(n=64):
    i = torch.randint(0, len(X), (n,))
    j = torch.randint(0, len(X), (n,))
    half = n // 2
    for k in range(half):
        same = (Y == Y[i[k]]).nonzero().flatten()
        j[k] = same[torch.randint(0, len(same), (1,))]
    j[0] = i[0]
    return i, j, (Y[i] == Y[j]).float()


net = Siamese()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for step in range(150):
    i, j, same = pairs()
    d = net(X[i], X[j])
    loss = (same * d ** 2 + (1 - same) * (1.0 - d).clamp(min=0) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 30 == 29:
        print(step + 1, loss.item(), ((d < 0.5) == (same > 0.5)).float().mean().item())
