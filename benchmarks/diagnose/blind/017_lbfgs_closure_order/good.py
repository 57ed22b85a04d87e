# Fit a damped oscillation with L-BFGS
import torch
import torch.nn as nn

torch.manual_seed(6)
t = torch.linspace(0, 4, 120).unsqueeze(1)
target = torch.exp(-0.4 * t) * torch.cos(3 * t)
net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 1))
opt = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=8, line_search_fn="strong_wolfe")


def closure():
    opt.zero_grad()
    loss = ((net(t) - target) ** 2).mean()
    loss.backward()
    return loss


for it in range(25):
    loss = opt.step(closure)
    if it % 5 == 0:
        print(it, loss.item())
