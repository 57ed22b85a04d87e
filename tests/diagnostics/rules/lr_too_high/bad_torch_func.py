"""Weights made anew in each step from the slopes of torch.func, at far too high a rate."""

import torch
from torch import nn
from torch.func import functional_call, grad_and_value

torch.manual_seed(4)
x = torch.randn(120, 6)
y = 3 * x[:, :1] + x[:, 1:2]
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))
weights = {name: value.detach() for name, value in net.named_parameters()}


def loss_of(weights, inputs, targets):
    return nn.functional.mse_loss(functional_call(net, weights, (inputs,)), targets)


for _ in range(30):
    slopes, loss = grad_and_value(loss_of)(weights, x, y)
    weights = {name: value - 5.0 * slopes[name] for name, value in weights.items()}  # finds: lr-too-high
