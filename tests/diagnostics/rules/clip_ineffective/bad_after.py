"""Clipped after the step, in a function; and scaled gradients that are clipped as they are."""

import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_


def epoch(net, opt, x, y):
    for rows in torch.randperm(len(x)).split(30):
        opt.zero_grad()
        nn.functional.mse_loss(net(x[rows]), y[rows]).backward()
        opt.step()
        clip_grad_value_(net.parameters(), 0.5)  # finds: clip-ineffective


torch.manual_seed(122)
x = torch.randn(120, 4)
y = x[:, :1].sin()
net = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(5):
    epoch(net, opt, x, y)

scaler = torch.amp.GradScaler("cpu")
for _ in range(20):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    scaler.scale(loss).backward()
    clip_grad_norm_(net.parameters(), 1.0)  # finds: clip-ineffective
    scaler.step(opt)
    scaler.update()
