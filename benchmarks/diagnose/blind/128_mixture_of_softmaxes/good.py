"""nll_loss on the logarithm of a mixture of softmaxes: log-probabilities made by hand."""
import torch
import torch.nn.functional as F
from torch import nn


class Mixture(nn.Module):
    def __init__(self, experts=3):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(4, 32), nn.ReLU())
        self.gate = nn.Linear(32, experts)
        self.heads = nn.ModuleList(nn.Linear(32, 4) for _ in range(experts))

    def forward(self, x):
        h = self.trunk(x)
        log_gate = F.log_softmax(self.gate(h), dim=1)
        log_heads = torch.stack([F.log_softmax(head(h), dim=1) for head in self.heads], 1)
        return torch.logsumexp(log_gate.unsqueeze(2) + log_heads, dim=1)


torch.manual_seed(27)
x = torch.randn(1600, 4)
y = (2 * (x[:, 0] > 0) + (x[:, 1] * x[:, 2] > 0)).long()
net = Mixture()
opt = torch.optim.Adam(net.parameters(), lr=8e-3)
for epoch in range(6):
    for rows in torch.randperm(1600).split(50):
        loss = F.nll_loss(net(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), (net(x).argmax(1) == y).float().mean().item())
