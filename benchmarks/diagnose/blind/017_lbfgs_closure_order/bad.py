# Fit a damped oscillation with L-BFGS
import torch
import torch.nn as nn

torch.manual_seed(6)
t = torch.linspace(0, 4, 120).unsqueeze(1)
target = torch.exp(-0.4 * t) * torch.cos(3 * t)
net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 1))
opt = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=8, line_search_fn="strong_wolfe")


def closure():
    loss = ((net(t) - target) ** 2).mean()
    loss.backward()  # fault: zero-grad-before-step
    opt.zero_grad()  # fault: zero-grad-before-step
    return loss


for it in range(25):
    loss = opt.step(closure)  # fault: zero-grad-before-step
    if it % 5 == 0:
        print(it, loss.item())
