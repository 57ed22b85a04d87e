import torch
from torch import nn

torch.manual_seed(3)
gen = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 2))
critic = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 1))
og = torch.optim.RMSprop(gen.parameters(), lr=1e-3)
oc = torch.optim.RMSprop(critic.parameters(), lr=1e-3)
for it in range(60):
    for _ in range(3):
        real = torch.randn(64, 2) * 0.3 + torch.tensor([1.0, -1.0])
        with torch.no_grad():
            fake = gen(torch.randn(64, 3))
        oc.zero_grad()
        c_loss = critic(fake).mean() - critic(real).mean()
        c_loss.backward()
        oc.step()
        with torch.no_grad():
            for p in critic.parameters():
                p.clamp_(-0.1, 0.1)
    og.zero_grad()
    g_loss = -critic(gen(torch.randn(64, 3))).mean()
    g_loss.backward()
    og.step()
    if it % 20 == 19:
        print(it + 1, "critic", c_loss.item(), "mean", gen(torch.randn(256, 3)).mean(0).tolist())
