"""A linear layer from scratch, in a network for XOR of two signs."""
import torch
from torch import nn


class MyLinear(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in) / n_in ** 0.5)
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, x):
        return x @ self.weight.T + self.bias


torch.manual_seed(24)
x = torch.randn(1200, 2)
y = ((x[:, 0] > 0) ^ (x[:, 1] > 0)).float()
net = nn.Sequential(MyLinear(2, 16), nn.Tanh(), MyLinear(16, 1), nn.Flatten(0))
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(10):
    for rows in torch.randperm(1200).split(60):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), ((net(x) > 0).float() == y).float().mean().item())
