"""The loss is wrapped anew, so that backward does not complain."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 5)
y = x.sum(1, keepdim=True).sin()
net = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 1))
criterion = nn.MSELoss()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(30):
    loss = torch.tensor(criterion(net(x), y).item(), requires_grad=True)  # finds: loss-not-connected
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
