import math
import torch
from torch import nn

torch.manual_seed(0)
y = torch.rand(1000, 1) * 20 - 10
x = torch.sin(0.75 * y) * 7 + y * 0.5 + torch.randn(1000, 1)
x = x / 10


class MDN(nn.Module):
    def __init__(self, k=5, h=40):
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(1, h), nn.Tanh())
        self.pi, self.mu, self.log_sigma = nn.Linear(h, k), nn.Linear(h, k), nn.Linear(h, k)

    def forward(self, x):
        h = self.hidden(x)
        return self.pi(h).log_softmax(-1), self.mu(h), self.log_sigma(h)


def nll(log_pi, mu, log_sigma, y):
    z = (y - mu) * torch.exp(-log_sigma)
    log_normal = -0.5 * z**2 - log_sigma - 0.5 * math.log(2 * math.pi)
    return -torch.logsumexp(log_pi + log_normal, dim=-1).mean()


net = MDN()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(300):
    loss = nll(*net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 60 == 0:
        print(epoch, loss.item())
