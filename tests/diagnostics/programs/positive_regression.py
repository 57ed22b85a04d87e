"""ReLU at the end is right where values are positive; the optimizer has two groups; zero_grad ends the loop."""
import torch
from torch import nn

torch.manual_seed(10)
x = torch.rand(120, 3)
price = (1 + x.sum(1, keepdim=True) ** 2).float()
net = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 1), nn.ReLU())
nn.init.constant_(net[2].bias, 2.0)
opt = torch.optim.Adam([{"params": net[0].parameters()}, {"params": net[2].parameters(), "lr": 0.02}], lr=0.01)
for _ in range(80):
    loss = nn.functional.smooth_l1_loss(net(x), price)
    loss.backward()
    opt.step()
    net.zero_grad()
