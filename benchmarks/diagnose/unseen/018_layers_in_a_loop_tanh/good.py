import argparse
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def mlp(sizes, act=nn.Tanh):
    layers = []
    for i in range(len(sizes) - 1):
        layers += [nn.Linear(sizes[i], sizes[i + 1])]
        if i < len(sizes) - 2:
            layers += [act()]
    return nn.Sequential(*layers)


def spirals(n, classes=3):
    g = torch.Generator().manual_seed(5)
    xs, ys = [], []
    for c in range(classes):
        r = torch.linspace(0.1, 1, n)
        a = r * 5 + c * 2 * torch.pi / classes + 0.15 * torch.randn(n, generator=g)
        xs.append(torch.stack([r * a.cos(), r * a.sin()], 1) * 2)
        ys.append(torch.full((n,), c))
    return TensorDataset(torch.cat(xs), torch.cat(ys))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden", nargs="+", type=int, default=[48, 48])
    parser.add_argument("--lr", type=float, default=0.005)
    parser.add_argument("--epochs", type=int, default=30)
    cfg = parser.parse_args()
    torch.manual_seed(0)
    data = spirals(250)
    loader = DataLoader(data, batch_size=50, shuffle=True)
    policy = mlp([2, *cfg.hidden, 3])
    optim = torch.optim.Adam(policy.parameters(), lr=cfg.lr)
    for epoch in range(cfg.epochs):
        good = 0
        for x, y in loader:
            out = policy(x)
            loss = nn.functional.cross_entropy(out, y)
            optim.zero_grad(set_to_none=True)
            loss.backward()
            optim.step()
            good += (out.argmax(1) == y).sum().item()
        if epoch % 6 == 5:
            print(f"epoch={epoch} loss={loss.item():.4f} acc={good / len(data):.3f}")
