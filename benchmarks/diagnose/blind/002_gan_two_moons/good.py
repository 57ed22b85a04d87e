# GAN on the two-moons cloud
import torch
import torch.nn as nn
from sklearn.datasets import make_moons

torch.manual_seed(0)
real_points = torch.tensor(make_moons(2048, noise=0.05, random_state=0)[0], dtype=torch.float32)
real_points = (real_points - real_points.mean(0)) / real_points.std(0)

G = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
D = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
opt_g = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.99))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.99))
bce = nn.BCEWithLogitsLoss()
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)

for it in range(400):
    real = real_points[torch.randint(0, len(real_points), (64,))]
    fake = G(torch.randn(64, 4))

    # discriminator
    opt_d.zero_grad()
    loss_d = bce(D(real), ones) + bce(D(fake.detach()), zeros)
    loss_d.backward()
    opt_d.step()

    # generator
    opt_g.zero_grad()
    loss_g = bce(D(fake), ones)
    loss_g.backward()
    opt_g.step()
    if it % 100 == 0:
        print(it, loss_d.item(), loss_g.item(), fake.std(0).tolist())
