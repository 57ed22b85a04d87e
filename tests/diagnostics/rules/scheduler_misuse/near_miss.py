"""Per batch with plans made for it, per epoch where an epoch is one step, and a scheduler behind a function."""

import torch
from torch import nn
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR, OneCycleLR, ReduceLROnPlateau, StepLR
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(113)
y = torch.arange(120) % 3
x = torch.randn(120, 6) + 2 * torch.eye(6)[y]
loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)


def fit(make, *, per_batch):
    net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    plan = make(opt)
    for epoch in range(5):
        for a, b in loader:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(net(a), b)
            loss.backward()
            opt.step()
            if per_batch:
                plan.step()
        if not per_batch:
            advance(plan, loss)


def advance(plan, loss):
    plan.step(loss.item()) if isinstance(plan, ReduceLROnPlateau) else plan.step()


fit(lambda opt: OneCycleLR(opt, 0.2, total_steps=30), per_batch=True)
fit(lambda opt: LambdaLR(opt, lambda step: 0.8**step), per_batch=True)
fit(lambda opt: ExponentialLR(opt, 0.98), per_batch=True)
fit(lambda opt: ReduceLROnPlateau(opt, patience=1), per_batch=False)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.5)
steps = StepLR(opt, step_size=10, gamma=0.1)
for epoch in range(30):
    opt.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    opt.step()
    steps.step()
