"""Seq-to-one with hand-written attention in time-major layout: softmax over dim 0 is over time."""
import torch
from torch import nn


class TimeMajor(nn.Module):
    def __init__(self, d=5, h=24):
        super().__init__()
        self.rnn = nn.GRU(d, h, bidirectional=True)
        self.energy = nn.Linear(2 * h, 1)
        self.out = nn.Linear(2 * h, 1)

    def forward(self, x):  # (time, batch, d)
        states, _ = self.rnn(x)
        weight = torch.softmax(self.energy(states), dim=0)
        return self.out((weight * states).sum(0)).squeeze(-1)


torch.manual_seed(14)
net = TimeMajor()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for step in range(200):
    x = torch.randn(9, 32, 5)
    y = x[:, :, 0].max(0).values
    loss = nn.functional.l1_loss(net(x), y)
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    if step % 40 == 39:
        print(step + 1, loss.item())
