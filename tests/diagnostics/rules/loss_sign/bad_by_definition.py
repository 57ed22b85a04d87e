"""Log-softmax and likelihood written out, and the minus forgotten."""

import torch
from torch import nn

torch.manual_seed(1)
y = torch.arange(90) % 3
x = torch.randn(90, 5) + 2 * nn.functional.one_hot(y, 5)
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.01)


def nll(scores, target):
    logs = scores - scores.exp().sum(-1).log().unsqueeze(-1)
    return logs[range(len(target)), target].mean()  # finds: loss-sign


for _ in range(30):
    loss = nll(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
