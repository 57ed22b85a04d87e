import argparse
import torch
import torch.nn as nn
import torch.nn.functional as F


class MatrixFactorization(nn.Module):
    """Ratings from one to five from the product of a user's and a film's vector."""

    def __init__(self, users, films, k):
        super().__init__()
        self.users = nn.Embedding(users, k)
        self.films = nn.Embedding(films, k)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, u, f):
        score = (self.users(u) * self.films(f)).sum(1) + self.bias
        return torch.sigmoid(score)  # fault: output-range


def ratings(n, users, films, gen):
    a, b = torch.randn(users, 3, generator=gen), torch.randn(films, 3, generator=gen)
    u = torch.randint(0, users, (n,), generator=gen)
    f = torch.randint(0, films, (n,), generator=gen)
    r = ((a[u] * b[f]).sum(1) + 3).round().clamp(1, 5)
    return u, f, r


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--factors", type=int, default=6)
    ap.add_argument("--lr", type=float, default=0.02)
    ap.add_argument("--epochs", type=int, default=6)
    opts = ap.parse_args()
    torch.manual_seed(0)
    u, f, r = ratings(6000, 80, 60, torch.Generator().manual_seed(3))
    model = MatrixFactorization(80, 60, opts.factors)
    opt = torch.optim.Adam(model.parameters(), lr=opts.lr)
    for epoch in range(opts.epochs):
        for i in torch.randperm(6000).split(120):
            loss = F.mse_loss(model(u[i], f[i]), r[i])  # fault: output-range
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch} rmse {loss.item() ** 0.5:.3f}")
