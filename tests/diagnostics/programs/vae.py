"""A variational autoencoder: two heads, sampling, a sum of two losses."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(4)
x = (torch.rand(128, 20) < torch.linspace(0.1, 0.9, 20)).float()


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.mean, self.spread = nn.Linear(20, 16), nn.Linear(16, 3), nn.Linear(16, 3)
        self.back, self.out = nn.Linear(3, 16), nn.Linear(16, 20)

    def forward(self, x):
        h = torch.relu(self.hidden(x))
        mean, spread = self.mean(h), self.spread(h)
        z = mean + torch.randn_like(mean) * (0.5 * spread).exp()
        return torch.sigmoid(self.out(torch.relu(self.back(z)))), mean, spread


net = VAE()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(50):
    again, mean, spread = net(x)
    loss = F.binary_cross_entropy(again, x, reduction="sum") / 128
    loss = loss - 0.5 * (1 + spread - mean**2 - spread.exp()).sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
