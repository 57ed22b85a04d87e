"""Domain-adversarial training: the gradient is turned round between features and domain classifier."""
import torch
import torch.nn.functional as F
from torch import nn


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, strength):
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        return -ctx.strength * grad, None


torch.manual_seed(0)


def domain(n, shift):
    y = torch.randint(3, (n,))
    centres = torch.tensor([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
    points = centres[y] + 0.5 * torch.randn(n, 2)
    return torch.cat([points, shift + 0.3 * torch.randn(n, 3)], 1), y


class DANN(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU())
        self.label, self.domain = nn.Linear(16, 3), nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2))

    def forward(self, x, strength):
        h = self.features(x)
        return self.label(h), self.domain(Reverse.apply(h, strength))


source, source_y = domain(600, 0.0)
target, target_y = domain(600, 1.0)
model = DANN()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for step in range(180):
    i, j = torch.randint(600, (48,)), torch.randint(600, (48,))
    labels, from_source = model(source[i], 0.1)
    _, from_target = model(target[j], 0.1)
    where = torch.cat([torch.zeros(48), torch.ones(48)]).long()
    loss = F.cross_entropy(labels, source_y[i]) + F.cross_entropy(torch.cat([from_source, from_target]), where)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 45 == 44:
        with torch.no_grad():
            right = (model(target, 0.0)[0].argmax(1) == target_y).float().mean().item()
        print(f"step {step + 1}: loss {loss.item():.3f}, target domain right {right:.3f}")
