"""An optimizer of one's own takes two gradients in a step (sharpness-aware), and leaves none behind."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(60, 3)
y = x[:, :1] - 2 * x[:, 1:2]


class Sharpness(torch.optim.Optimizer):
    def __init__(self, params, lr=0.05, rho=0.02):
        super().__init__(params, {"lr": lr, "rho": rho})

    def step(self, closure):
        group = self.param_groups[0]
        with torch.enable_grad():
            loss = closure()
        moved = []
        with torch.no_grad():
            for p in group["params"]:
                moved.append(group["rho"] * p.grad / (p.grad.norm() + 1e-8))
                p.add_(moved[-1])
        with torch.enable_grad():
            closure()
        with torch.no_grad():
            for p, by in zip(group["params"], moved, strict=True):
                p.sub_(by)
                p.sub_(group["lr"] * p.grad)
        self.zero_grad()
        return loss


model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = Sharpness(model.parameters())


def closure():
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    return loss


for _ in range(60):
    optimizer.step(closure)
