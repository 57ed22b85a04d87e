"""Two tasks share a body: their losses are added by two backward calls from one line, and that is meant."""

import torch
from torch import nn

torch.manual_seed(133)
x = torch.randn(120, 6)
targets = [x[:, :1].sin(), x[:, 1:2] * x[:, 2:3]]
body, heads = nn.Linear(6, 24), nn.ModuleList([nn.Linear(24, 1), nn.Linear(24, 1)])
opt = torch.optim.SGD([*body.parameters(), *heads.parameters()], lr=0.05)
for step in range(30):
    opt.zero_grad()
    for head, y in zip(heads, targets):
        nn.functional.mse_loss(head(torch.tanh(body(x))), y).backward()
    if step % 10 == 0:
        print(step)
    opt.step()
