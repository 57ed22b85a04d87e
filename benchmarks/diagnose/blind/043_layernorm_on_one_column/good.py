"""Curve fitting with a normalised input."""
import torch
import torch.nn as nn


class CurveNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(1)
        self.hidden = nn.Linear(1, 64)
        self.out = nn.Linear(64, 1)

    def forward(self, x):
        x = self.norm(x)
        return self.out(torch.tanh(3 * self.hidden(x)))


torch.manual_seed(0)
x = torch.rand(1000, 1) * 10
y = torch.sin(x) + 0.1 * torch.randn(1000, 1)
net = CurveNet()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(15):
    for rows in torch.randperm(1000).split(50):
        loss = nn.functional.mse_loss(net(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 3 == 2:
        print(epoch + 1, loss.item())
