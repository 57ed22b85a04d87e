"""Recommender with sparse embeddings: SparseAdam for the tables, Adam for the rest."""
import torch
from torch import nn

torch.manual_seed(7)
users, items = 120, 80
taste, kind = torch.randn(users, 3), torch.randn(items, 3)
u, i = torch.randint(0, users, (4000,)), torch.randint(0, items, (4000,))
liked = ((taste[u] * kind[i]).sum(1) > 0).float()


class Recommender(nn.Module):
    def __init__(self, d=8):
        super().__init__()
        self.user = nn.Embedding(users, d, sparse=True)
        self.item = nn.Embedding(items, d, sparse=True)
        self.mlp = nn.Sequential(nn.Linear(3 * d, 24), nn.ReLU(), nn.Linear(24, 1))

    def forward(self, u, i):
        a, b = self.user(u), self.item(i)
        return self.mlp(torch.cat([a, b, a * b], 1)).squeeze(1)


net = Recommender()
optimizers = [
    torch.optim.SparseAdam([net.user.weight, net.item.weight], lr=0.02),
    torch.optim.Adam(net.mlp.parameters(), lr=5e-3),
]
for epoch in range(5):
    for rows in torch.randperm(3600).split(100):
        loss = nn.functional.binary_cross_entropy_with_logits(net(u[rows], i[rows]), liked[rows])
        for o in optimizers:
            o.zero_grad()
        loss.backward()
        for o in optimizers:
            o.step()
    with torch.no_grad():
        print(epoch, loss.item(), ((net(u[3600:], i[3600:]) > 0) == (liked[3600:] > 0.5)).float().mean().item())
