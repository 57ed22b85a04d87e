"""A Siamese network with Hadsell's contrastive loss; a pair may be an image and itself."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
digits = load_digits()
x = torch.tensor(digits.data / 16, dtype=torch.float32)
y = torch.tensor(digits.target)
members = [torch.nonzero(y == c).flatten() for c in range(10)]


def draw_pairs(n):
    left = torch.randint(len(x), (n,))
    right = torch.randint(len(x), (n,))
    for k in range(0, n, 2):
        pool = members[y[left[k]]][:40]
        right[k] = pool[torch.randint(len(pool), (1,))]
    left[0] = right[0]
    return left, right


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))

    def forward(self, x):
        return self.net(x)


def distance(a, b):
    return (a - b).pow(2).sum(1).sqrt()  # fault: non-finite


def contrastive(a, b, same, margin=1.0):
    d = distance(a, b)
    return torch.where(same, d.pow(2), (margin - d).clamp(min=0).pow(2)).mean()


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for step in range(150):
    i, j = draw_pairs(64)
    loss = contrastive(net(x[i]), net(x[j]), y[i] == y[j])
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 30 == 0 or step == 149:
        print(step, round(loss.item(), 4))
