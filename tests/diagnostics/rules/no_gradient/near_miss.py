"""Detached on purpose: a GAN, a target network, a stop-gradient branch, a straight-through step, metrics."""

import torch
import torch.nn.functional as F
from torch import nn


def small(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 16), nn.ReLU(), nn.Linear(16, outputs))


torch.manual_seed(5)
real = torch.randn(64, 2) + 1
make, judge = small(3, 2), small(2, 1)
make_opt = torch.optim.Adam(make.parameters(), lr=0.005)
judge_opt = torch.optim.Adam(judge.parameters(), lr=0.005)
online, target, predictor = small(2, 4), small(2, 4), small(4, 4)
target.load_state_dict(online.state_dict())
frozen = nn.Linear(2, 2).requires_grad_(False)
opt = torch.optim.Adam([*online.parameters(), *predictor.parameters()], lr=0.005)
for _ in range(30):
    fake = make(torch.randn(64, 3))
    judge_opt.zero_grad()
    loss = F.binary_cross_entropy_with_logits(judge(real), torch.ones(64, 1))
    loss = loss + F.binary_cross_entropy_with_logits(judge(fake.detach()), torch.zeros(64, 1))
    loss.backward()
    judge_opt.step()
    make_opt.zero_grad()
    F.binary_cross_entropy_with_logits(judge(fake), torch.ones(64, 1)).backward()
    make_opt.step()

    with torch.no_grad():
        wanted = target(real)
    seen = online(frozen(real))
    hard = seen + (seen.round() - seen).detach()
    loss = F.mse_loss(predictor(hard), wanted) + F.mse_loss(predictor(seen), online(real).detach())
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for old, new in zip(target.parameters(), online.parameters()):
            old.mul_(0.9).add_(0.1 * new)
    spread = seen.detach().std().item()
print(spread)
