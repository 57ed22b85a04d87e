import torch
from torch import nn
from torch.nn import functional as F


def ring_data(n_per_class):
    """Four rings, one after the other."""
    xs, ys = [], []
    for k in range(4):
        phi = torch.rand(n_per_class) * 6.283
        r = 0.5 + k + 0.1 * torch.randn(n_per_class)
        xs.append(torch.stack([r * phi.cos(), r * phi.sin()], 1))
        ys += [k] * n_per_class
    return torch.cat(xs), torch.tensor(ys)


def main():
    torch.manual_seed(12)
    x, y = ring_data(150)
    net = nn.Sequential(nn.Linear(2, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 4))
    opt = torch.optim.Adam(net.parameters(), lr=5e-3)
    for epoch in range(8):
        perm = torch.randperm(len(x))
        for i in range(0, len(x), 30):
            xb, yb = x[perm[i:i + 30]], y[perm[i:i + 30]]
            loss = F.cross_entropy(net(xb), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print("epoch", epoch, "accuracy", (net(x).argmax(1) == y).float().mean().item())


main()
