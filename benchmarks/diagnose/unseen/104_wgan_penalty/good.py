import torch
from torch import nn

torch.manual_seed(0)
critic = nn.Sequential(nn.Linear(2, 48), nn.LeakyReLU(0.2), nn.Linear(48, 48), nn.LeakyReLU(0.2), nn.Linear(48, 1))
gen = nn.Sequential(nn.Linear(3, 48), nn.ReLU(), nn.Linear(48, 2))
c_opt = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.9))
g_opt = torch.optim.Adam(gen.parameters(), lr=1e-3, betas=(0.0, 0.9))


def real(n):
    return torch.randn(n, 2) * torch.tensor([0.3, 1.0]) + torch.tensor([2.0, 0.0])


def penalty(a, b):
    t = torch.rand(len(a), 1)
    mid = (t * a + (1 - t) * b).requires_grad_(True)
    grad, = torch.autograd.grad(critic(mid).sum(), mid, create_graph=True)
    return ((grad.norm(dim=1) - 1) ** 2).mean()


for it in range(120):
    for _ in range(3):
        r, f = real(64), gen(torch.randn(64, 3)).detach()
        c_loss = critic(f).mean() - critic(r).mean() + 10 * penalty(r, f)
        c_opt.zero_grad()
        c_loss.backward()
        c_opt.step()
    fake = gen(torch.randn(64, 3))
    g_loss = -critic(fake).mean()
    g_opt.zero_grad()
    g_loss.backward()
    g_opt.step()
    if it % 20 == 19:
        print(it + 1, round(c_loss.item(), 3), fake.mean(0).tolist())
