"""One output with a softmax: it says 1 for everything."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(100, 4)
y = (x[:, :1] > 0).float()
net = nn.Sequential(
    nn.Linear(4, 12),
    nn.ReLU(),
    nn.Linear(12, 1),
    nn.Softmax(dim=1),  # finds: softmax-single-output
)
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for _ in range(30):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    opt.step()
