"""Gradients per example with torch.func, clipped and averaged: an SGD without optimizer object."""
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

torch.manual_seed(10)
x = torch.randn(800, 5)
y = torch.sin(x[:, 0]) + x[:, 1] * x[:, 2]
net = nn.Sequential(nn.Linear(5, 32), nn.Tanh(), nn.Linear(32, 1))
params = {k: v.detach().clone() for k, v in net.named_parameters()}


def loss_of_one(params, xi, yi):
    return (functional_call(net, params, (xi.unsqueeze(0),)).squeeze() - yi) ** 2


per_sample = vmap(grad(loss_of_one), in_dims=(None, 0, 0))
for epoch in range(12):
    for rows in torch.randperm(800).split(40):
        g = per_sample(params, x[rows], y[rows])
        norm = torch.sqrt(sum(v.flatten(1).pow(2).sum(1) for v in g.values()))
        scale = (2.0 / norm).clamp(max=1.0)
        for k in params:
            mean = torch.einsum("n,n...->...", scale, g[k]) / len(rows)
            params[k] = params[k] - 0.15 * mean
    with torch.no_grad():
        print(epoch, ((functional_call(net, params, (x,)).squeeze(1) - y) ** 2).mean().item())
