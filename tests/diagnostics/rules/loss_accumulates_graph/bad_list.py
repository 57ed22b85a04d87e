"""An epoch's loss grows before the step; the history keeps tensors."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train(net, loader, opt):
    history = []
    for epoch in range(4):
        running = torch.zeros(())
        for a, b in loader:
            loss = nn.functional.mse_loss(net(a), b)
            running = running + loss * len(a)  # finds: loss-accumulates-graph
            opt.zero_grad()
            loss.backward()
            history.append(loss)  # finds: loss-accumulates-graph
            opt.step()
    return history


torch.manual_seed(102)
x = torch.randn(96, 4)
net = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 1))
train(
    net,
    DataLoader(TensorDataset(x, x[:, :1] * x[:, 1:2]), 16, shuffle=True),
    torch.optim.SGD(net.parameters(), 0.05),
)
