import torch
from sklearn.datasets import make_circles
from torch import nn

torch.manual_seed(0)
X, y = make_circles(500, noise=0.05, factor=0.5, random_state=0)
X, y = torch.tensor(X).float(), torch.tensor(y).float()


class Circle(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(2, 24)
        self.l2 = nn.Linear(24, 1)

    def forward(self, x):
        return torch.sigmoid(self.l2(torch.relu(self.l1(x)))).squeeze(1)


def bce(p, t):
    eps = 1e-7
    return -(t * torch.log(p + eps) + (1 - t) * torch.log(1 - p + eps)).mean()


net = Circle()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for it in range(150):
    p = net(X)
    loss = bce(p, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it + 1, round(loss.item(), 4), ((p.flatten() > 0.5) == (y > 0.5)).float().mean().item())
