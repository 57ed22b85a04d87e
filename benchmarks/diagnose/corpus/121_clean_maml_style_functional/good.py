"""Inner step by autograd.grad and functional_call, outer step by Adam."""
import torch
from torch import nn
from torch.func import functional_call

torch.manual_seed(2)
net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
outer = torch.optim.Adam(net.parameters(), lr=3e-3)
mse = nn.MSELoss()
for it in range(80):
    outer.zero_grad()
    total = 0.0
    for _ in range(3):
        amp, phase = 0.5 + 2 * torch.rand(1), 3 * torch.rand(1)
        x = torch.rand(20, 1) * 6 - 3
        y = amp * torch.sin(x + phase)
        params = dict(net.named_parameters())
        inner = mse(functional_call(net, params, (x[:10],)), y[:10])
        grads = torch.autograd.grad(inner, list(params.values()), create_graph=True)
        fast = {k: p - 0.05 * g for (k, p), g in zip(params.items(), grads)}
        total = total + mse(functional_call(net, fast, (x[10:],)), y[10:])
    total.backward()
    outer.step()
    if it % 20 == 19:
        print(it + 1, total.item() / 3)
