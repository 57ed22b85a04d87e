"""A GAN for points on a circle; 513 points and batches of 64."""
import torch
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(0)
angle = torch.rand(513) * 2 * torch.pi
points = torch.stack([angle.cos(), angle.sin()], 1) + 0.02 * torch.randn(513, 2)
loader = DataLoader(points, batch_size=64, shuffle=True, drop_last=True)

generator = nn.Sequential(
    nn.Linear(4, 64), nn.BatchNorm1d(64), nn.ReLU(),
    nn.Linear(64, 64), nn.ReLU(),
    nn.Linear(64, 2),
)
critic = nn.Sequential(nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))
opt_g = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()

for epoch in range(12):
    for real in loader:
        n = len(real)
        fake = generator(torch.randn(n, 4))
        loss_d = bce(critic(real), torch.ones(n, 1)) + bce(critic(fake.detach()), torch.zeros(n, 1))
        opt_d.zero_grad()
        loss_d.backward()
        opt_d.step()

        loss_g = bce(critic(fake), torch.ones(n, 1))
        opt_g.zero_grad()
        loss_g.backward()
        opt_g.step()
    radius = fake.detach().norm(dim=1)
    print(f"epoch {epoch}: D {loss_d.item():.3f} G {loss_g.item():.3f} radius {radius.mean():.2f}")
