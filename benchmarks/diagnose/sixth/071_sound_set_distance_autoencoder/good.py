"""An autoencoder of point sets; its Chamfer distance compares every point with every other."""
import torch
from torch import nn

torch.manual_seed(0)
POINTS = 24


def clouds(n):
    angle = torch.rand(n, POINTS) * 2 * torch.pi
    axes = 0.5 + torch.rand(n, 2, 1)
    return torch.stack([axes[:, 0] * angle.cos(), axes[:, 1] * angle.sin()], dim=2)


def chamfer(a, b):
    between = (a[:, :, None] - b[:, None, :]).pow(2).sum(-1)
    return between.amin(2).mean() + between.amin(1).mean()


class SetAutoencoder(nn.Module):
    """Each point alone, then the maximum over the points of a set."""

    def __init__(self, code=4):
        super().__init__()
        self.point = nn.Sequential(nn.Linear(2, 48), nn.ReLU(), nn.Linear(48, 48))
        self.code = nn.Linear(48, code)
        self.decoder = nn.Sequential(nn.Linear(code, 64), nn.ReLU(), nn.Linear(64, 2 * POINTS))

    def forward(self, x):
        code = self.code(torch.relu(self.point(x).amax(dim=1)))
        return self.decoder(code).view(-1, POINTS, 2)


model = SetAutoencoder()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
held_out = clouds(100)
for step in range(180):
    batch = clouds(48)
    loss = chamfer(model(batch), batch)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 45 == 44:
        with torch.no_grad():
            print(f"step {step + 1}: {loss.item():.4f}, held out {chamfer(model(held_out), held_out).item():.4f}")
