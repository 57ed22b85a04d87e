"""Parts that are meant to stay as they are, or that somebody else moves; layers that join the optimizer later."""

import copy

import torch
from torch import nn

torch.manual_seed(64)
y = torch.arange(90) % 3
x = torch.randn(90, 8) + 2 * torch.eye(8)[y]

body = nn.Sequential(nn.Linear(8, 24), nn.ReLU())
for p in body.parameters():
    p.requires_grad = False
head = nn.Linear(24, 3)
teacher = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3)).eval()
average = copy.deepcopy(head)
opt = torch.optim.SGD(head.parameters(), lr=0.1)
for epoch in range(20):
    scores = head(body(x))
    hint = teacher(x).softmax(1)  # gets gradients that nobody uses: wasteful, not wrong
    loss = nn.functional.cross_entropy(scores, y) + 0.01 * ((scores.softmax(1) - hint) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for slow, fast in zip(average.parameters(), head.parameters()):
            slow.lerp_(fast, 0.1)

for p in body.parameters():
    p.requires_grad = True
opt.add_param_group({"params": body.parameters(), "lr": 0.01})
for epoch in range(20):
    opt.zero_grad()
    nn.functional.cross_entropy(head(body(x)), y).backward()
    opt.step()
