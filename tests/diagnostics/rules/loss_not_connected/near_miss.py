"""A sum that begins with a new tensor, an input that is optimized, and a loss that is copied for printing."""

import torch
from torch import nn

torch.manual_seed(3)
x = torch.randn(60, 4)
y = x[:, :2].sum(1, keepdim=True).tanh()
net = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
history = []
for _ in range(30):
    total = torch.tensor(0.0, requires_grad=True)
    for rows in torch.arange(60).split(20):
        total = total + nn.functional.mse_loss(net(x[rows]), y[rows])
    opt.zero_grad()
    total.backward()
    opt.step()
    history.append(torch.tensor(total.item()))

wish = torch.zeros(1, 4, requires_grad=True)
dream = torch.optim.Adam([wish], lr=0.05)
for _ in range(20):
    dream.zero_grad()
    (1 - net(wish)).pow(2).mean().backward()
    dream.step()
