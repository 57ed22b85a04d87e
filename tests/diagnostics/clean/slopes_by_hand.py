"""Training by torch.autograd.grad, in place and with weights made anew, and by torch.func."""

import torch
from torch import nn
from torch.func import functional_call, grad_and_value

torch.manual_seed(31)
x = torch.randn(100, 3)
y = x.sum(1, keepdim=True).sin()

weights = [torch.randn(3, 8).mul_(0.5), torch.zeros(8), torch.randn(8, 1).mul_(0.5)]
for weight in weights:
    weight.requires_grad_()
for _ in range(40):
    loss = ((torch.tanh(x @ weights[0] + weights[1]) @ weights[2] - y) ** 2).mean()
    with torch.no_grad():
        for weight, slope in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight -= 0.1 * slope

line = torch.zeros(3, 1, requires_grad=True)
for _ in range(40):
    (slope,) = torch.autograd.grad(((x @ line - y) ** 2).mean(), line)
    line = (line - 0.1 * slope).detach().requires_grad_()

net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
state = {name: value.detach() for name, value in net.named_parameters()}
ask = grad_and_value(lambda state: nn.functional.mse_loss(functional_call(net, state, (x,)), y))
for _ in range(40):
    slopes, value = ask(state)
    state = {name: state[name] - 0.1 * slopes[name] for name in state}
