"""One inner step of MAML on sine waves with torch.func."""
import torch
from torch import nn
from torch.func import functional_call, grad

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 1))
meta = torch.optim.Adam(net.parameters(), lr=2e-3)


def sine():
    amp, phase = torch.rand(1) * 2 + 0.5, torch.rand(1) * 3

    def draw(n):
        x = torch.rand(n, 1) * 8 - 4
        return x, amp * torch.sin(x + phase)

    return draw


def loss_of(params, x, y):
    return nn.functional.mse_loss(functional_call(net, params, (x,)), y)


for it in range(100):
    total = 0.0
    for _ in range(4):
        draw = sine()
        params = dict(net.named_parameters())
        g = grad(loss_of)(params, *draw(10))
        fast = {k: v - 0.02 * g[k] for k, v in params.items()}
        total = total + loss_of(fast, *draw(10))
    meta.zero_grad()
    (total / 4).backward()
    meta.step()
    if it % 20 == 19:
        print(it + 1, total.item() / 4)
