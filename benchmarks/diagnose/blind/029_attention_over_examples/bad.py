"""Multiple-instance learning: which bags hold a positive instance?"""
import torch
from torch import nn


class AttentionMIL(nn.Module):
    def __init__(self, d=8, h=24):
        super().__init__()
        self.instance = nn.Sequential(nn.Linear(d, h), nn.ReLU())
        self.attention = nn.Sequential(nn.Linear(h, 16), nn.Tanh(), nn.Linear(16, 1))
        self.classifier = nn.Linear(h, 1)

    def forward(self, bags):  # (bags, instances, d)
        h = self.instance(bags)
        a = self.attention(h).squeeze(-1)
        a = torch.softmax(a, dim=0)  # fault: softmax-wrong-dim
        return self.classifier((a.unsqueeze(-1) * h).sum(1)).squeeze(1)


def bags(n):
    x = torch.randn(n, 12, 8)
    y = torch.randint(0, 2, (n,)).float()
    x[:, 0, :2] += 2.5 * y[:, None]
    x[:, 0, :2] -= 2.5 * (1 - y[:, None]) * (torch.rand(n, 1) < 0.5)
    return x, y


torch.manual_seed(3)
net = AttentionMIL()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
bce = nn.BCEWithLogitsLoss()
for it in range(250):
    x, y = bags(48)
    loss = bce(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 49:
        with torch.no_grad():
            x, y = bags(500)
            print(it + 1, loss.item(), ((net(x) > 0).float() == y).float().mean().item())
