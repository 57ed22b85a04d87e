import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(1500, 1) * 4 - 2
y = x ** 2 + (0.1 + 0.3 * x.abs()) * torch.randn_like(x)


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU())
        self.mean = nn.Linear(40, 1)
        self.log_var = nn.Linear(40, 1)
        self.quantiles = nn.Linear(40, 3)

    def forward(self, x):
        h = self.body(x)
        return self.mean(h), nn.functional.softplus(self.log_var(h)) + 1e-4, self.quantiles(h)


taus = torch.tensor([0.1, 0.5, 0.9])
net = Heads()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
gnll = nn.GaussianNLLLoss()
for epoch in range(12):
    for i in torch.randperm(1500).split(60):
        mean, var, q = net(x[i])
        diff = y[i] - q
        pinball = torch.maximum(taus * diff, (taus - 1) * diff).mean()
        loss = gnll(mean, y[i], var) + pinball
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), "inside the 80 % band:", ((y > net(x)[2][:, :1]) & (y < net(x)[2][:, 2:])).float().mean().item())
