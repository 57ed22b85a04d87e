import torch
from torch import nn, optim


class ToyRegression:
    def __init__(self):
        g = torch.Generator().manual_seed(0)
        self.x = torch.randn(1000, 6, generator=g)
        self.y = (self.x[:, :3].prod(1) + self.x[:, 3:].sum(1)).unsqueeze(1)

    def __iter__(self):
        for i in torch.randperm(1000).split(40):
            yield self.x[i], self.y[i]


torch.manual_seed(0)
data = ToyRegression()
net = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
opt = optim.Adam(net.parameters(), lr=3e-3)
sched = optim.lr_scheduler.ExponentialLR(opt, gamma=0.8)
for epoch in range(10):
    total = 0
    for x, y in data:
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        opt.step()
        total += loss.item()
    sched.step()
    print(epoch, "mse", total / 25, "lr", sched.get_last_lr()[0])
