"""Domain-adversarial training with a gradient reversal layer (Ganin & Lempitsky 2015)."""
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        return -ctx.scale * grad, None


def source(n):
    y = torch.randint(0, 2, (n,))
    x = torch.randn(n, 6)
    x[:, 0] += 2.5 * y - 1.25
    return x, y


def target(n):
    x, y = source(n)
    return x + torch.tensor([0, 3.0, 0, 0, 0, 0]), y


features = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU())
label_head, domain_head = nn.Linear(16, 2), nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
optimizers = [torch.optim.Adam(m.parameters(), lr=2e-3) for m in (features, label_head, domain_head)]
for step in range(200):
    (xs, ys), (xt, yt) = source(64), target(64)
    f = features(torch.cat([xs, xt]))
    domain = torch.cat([torch.zeros(64, 1), torch.ones(64, 1)])
    loss = F.cross_entropy(label_head(f[:64]), ys) + F.binary_cross_entropy_with_logits(
        domain_head(Reverse.apply(f, 0.3)), domain)
    for o in optimizers:
        o.zero_grad()
    loss.backward()
    for o in optimizers:
        o.step()
    if step % 40 == 39:
        with torch.no_grad():
            print(step + 1, loss.item(), (label_head(features(xt)).argmax(1) == yt).float().mean().item())
