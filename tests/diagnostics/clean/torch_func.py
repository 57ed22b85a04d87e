"""Trained by torch.func: five networks at once, and one with its gradients clipped for each example."""

import torch
from torch import nn
from torch.func import functional_call, grad, grad_and_value, stack_module_state, vmap

torch.manual_seed(8)
y = torch.arange(90) % 3
x = torch.randn(90, 5) + 2 * torch.eye(5)[y]


def made():
    return nn.Sequential(nn.Linear(5, 16), nn.BatchNorm1d(16, track_running_stats=False), nn.Tanh(), nn.Linear(16, 3))


nets = [made() for _ in range(5)]
params, _ = stack_module_state(nets)


def loss_of(weights, inputs, labels):
    return nn.functional.cross_entropy(functional_call(nets[0], weights, (inputs,)), labels)


together = vmap(grad_and_value(loss_of), in_dims=(0, None, None))
for _ in range(20):
    slopes, losses = together(params, x, y)
    params = {name: (value - 0.2 * slopes[name]).detach() for name, value in params.items()}

net = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 3))
alone = {name: value.detach().clone() for name, value in net.named_parameters()}


def loss_of_one(weights, example, label):
    return nn.functional.cross_entropy(functional_call(net, weights, (example.unsqueeze(0),)), label.unsqueeze(0))


each = vmap(grad(loss_of_one), in_dims=(None, 0, 0))
for _ in range(20):
    for name, slope in each(alone, x, y).items():
        alone[name] -= 0.2 * slope.clamp(-1, 1).mean(0)
