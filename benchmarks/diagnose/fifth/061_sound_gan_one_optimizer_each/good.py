"""A GAN on a ring, the generator's step with the discriminator frozen by requires_grad."""
import torch
from torch import nn

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(4, 32), nn.LeakyReLU(0.2), nn.Linear(32, 2))
D = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
opt_g = torch.optim.Adam(G.parameters(), 1e-3, betas=(0.5, 0.99))
opt_d = torch.optim.Adam(D.parameters(), 1e-3, betas=(0.5, 0.99))


def ring(n):
    angle = torch.rand(n) * 2 * torch.pi
    return torch.stack([angle.cos(), angle.sin()], 1) + 0.05 * torch.randn(n, 2)


def hinge_d(real, fake):
    return torch.relu(1 - real).mean() + torch.relu(1 + fake).mean()


for step in range(150):
    D.requires_grad_(True)
    loss_d = hinge_d(D(ring(64)), D(G(torch.randn(64, 4)).detach()))
    opt_d.zero_grad(); loss_d.backward(); opt_d.step()
    D.requires_grad_(False)
    loss_g = -D(G(torch.randn(64, 4))).mean()
    opt_g.zero_grad(); loss_g.backward(); opt_g.step()
    if step % 50 == 0:
        print(step, loss_d.item(), loss_g.item())
