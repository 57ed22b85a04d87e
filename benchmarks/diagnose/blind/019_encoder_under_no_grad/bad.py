"""Set regression: the encoder runs over each element, the sum goes to the head."""
import torch
from torch import nn


class DeepSet(nn.Module):
    def __init__(self):
        super().__init__()
        self.phi = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 6), nn.Tanh())
        self.rho = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))

    def embed(self, elements):
        with torch.no_grad():  # fault: no-gradient
            return self.phi(elements).sum(1)  # fault: no-gradient

    def forward(self, elements):
        return self.rho(self.embed(elements))  # fault: no-gradient


def sample(n):
    sets = torch.rand(n, 5, 2) * 2 - 1
    inside = torch.exp(-8 * (sets - 0.4).pow(2).sum(-1)) - torch.exp(-8 * (sets + 0.4).pow(2).sum(-1))
    return sets, inside.sum(1, keepdim=True)


torch.manual_seed(17)
model = DeepSet()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(300):
    sets, y = sample(64)
    loss = nn.functional.mse_loss(model(sets), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 50 == 49:
        print(step + 1, f"{loss.item():.4f}", "variance of y", f"{y.var().item():.4f}")
