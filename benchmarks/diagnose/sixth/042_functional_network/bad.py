"""A network in functional style: parameters in a dictionary, gradients from torch.func."""
import torch
from torch.func import grad_and_value

torch.manual_seed(0)


def init_params(sizes):
    params = {}
    for k, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:])):
        params[f"w{k}"] = torch.full((fan_in, fan_out), 1 / fan_in)  # fault: symmetric-init
        params[f"b{k}"] = torch.zeros(fan_out)
    return {name: value.requires_grad_() for name, value in params.items()}


def network(params, x):
    depth = len(params) // 2
    for k in range(depth):
        x = x @ params[f"w{k}"] + params[f"b{k}"]  # fault: symmetric-init
        if k < depth - 1:
            x = torch.tanh(x)
    return x.squeeze(1)


def loss_of(params, x, y):
    return torch.nn.functional.mse_loss(network(params, x), y)


x = torch.rand(600, 2) * 4 - 2
y = torch.sin(2 * x[:, 0]) * x[:, 1]
params = init_params((2, 64, 1))  # fault: symmetric-init
optimizer = torch.optim.Adam(params.values(), lr=0.02)
for step in range(200):
    idx = torch.randint(600, (100,))
    loss = loss_of(params, x[idx], y[idx])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 40 == 39:
        slope, whole = grad_and_value(loss_of)({k: v.detach() for k, v in params.items()}, x, y)
        size = sum(g.pow(2).sum() for g in slope.values()).sqrt().item()
        print(f"step {step + 1}: error {whole.item():.4f}, gradient {size:.4f}")
