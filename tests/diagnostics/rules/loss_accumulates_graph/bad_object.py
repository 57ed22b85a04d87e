"""A trainer keeps a running total, and a log keeps the losses; both keep the graphs."""

import torch
from torch import nn


class Log:
    def __init__(self):
        self.entries = []

    def write(self, epoch, loss):
        self.entries.append((epoch, loss))  # finds: loss-accumulates-graph


class Trainer:
    def __init__(self, net):
        self.net, self.log, self.total = net, Log(), 0.0
        self.opt = torch.optim.SGD(net.parameters(), lr=0.05)

    def step(self, epoch, x, y):
        loss = nn.functional.mse_loss(self.net(x), y)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        self.total += loss  # finds: loss-accumulates-graph
        self.log.write(epoch, loss)


torch.manual_seed(48)
x = torch.randn(64, 4)
trainer = Trainer(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)))
for epoch in range(30):
    trainer.step(epoch, x, x.sum(1, keepdim=True))
