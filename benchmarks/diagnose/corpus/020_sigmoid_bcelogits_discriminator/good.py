import torch
import torch.nn as nn

torch.manual_seed(19)
latent = 6


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(latent, 24), nn.ReLU(), nn.Linear(24, 3))

    def forward(self, z):
        return self.net(z)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(3, 24), nn.LeakyReLU(0.1), nn.Linear(24, 1),
        )

    def forward(self, v):
        return self.net(v)


gen, dis = Generator(), Discriminator()
adversarial = nn.BCEWithLogitsLoss()
g_optim = torch.optim.Adam(gen.parameters(), lr=1e-3)
d_optim = torch.optim.Adam(dis.parameters(), lr=1e-3)
valid, invented = torch.ones(32, 1), torch.zeros(32, 1)
for batch in range(150):
    genuine = torch.randn(32, 3) * torch.tensor([1.0, 0.2, 0.5]) + 1.5

    d_optim.zero_grad()
    sample = gen(torch.randn(32, latent))
    d_loss = (adversarial(dis(genuine), valid) + adversarial(dis(sample.detach()), invented)) / 2
    d_loss.backward()
    d_optim.step()

    g_optim.zero_grad()
    g_loss = adversarial(dis(sample), valid)
    g_loss.backward()
    g_optim.step()
    if batch % 50 == 49:
        print(batch + 1, "D", round(d_loss.item(), 3), "G", round(g_loss.item(), 3))
