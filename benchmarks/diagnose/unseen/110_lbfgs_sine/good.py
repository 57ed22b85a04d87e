import torch
from torch import nn

torch.manual_seed(0)
t = torch.linspace(0, 6, 200, dtype=torch.float64)[:, None]
y = torch.sin(t) * torch.exp(-0.2 * t)
net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 1)).double()
opt = torch.optim.LBFGS(net.parameters(), lr=0.8, max_iter=10, line_search_fn="strong_wolfe")


def closure():
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(t), y)
    loss.backward()
    return loss


for i in range(15):
    value = opt.step(closure)
    if i % 3 == 2:
        print(i + 1, value.item())
