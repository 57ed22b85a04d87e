"""Cross-entropy with one-hot labels and binary cross-entropy, both by hand and without their minus."""

import torch
from torch import nn

torch.manual_seed(1)
y = torch.arange(90) % 3
t = nn.functional.one_hot(y, 3).float()
x = torch.randn(90, 5) + 2 * nn.functional.one_hot(y, 5)
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3), nn.Softmax(dim=1))
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for _ in range(30):
    p = net(x)
    loss = torch.mean(torch.sum(t * torch.log(p + 1e-9) + (1 - t) * torch.log(1 - p + 1e-9), dim=1))  # finds: loss-sign
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
