"""A little DDPM on two moons."""
import torch
from sklearn.datasets import make_moons
from torch import nn

torch.manual_seed(0)
points = torch.tensor(make_moons(2000, noise=0.05, random_state=0)[0], dtype=torch.float32)
T = 50
betas = torch.linspace(1e-4, 0.05, T)
alpha_bar = (1 - betas).cumprod(0)


class Denoiser(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.time = nn.Embedding(T, 16)
        self.net = nn.Sequential(nn.Linear(18, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2))

    def forward(self, x, t):
        return self.net(torch.cat([x, self.time(t)], dim=1))


model = Denoiser()
ema = {k: v.clone() for k, v in model.state_dict().items()}
opt = torch.optim.AdamW(model.parameters(), lr=2e-3)
for step in range(300):
    x0 = points[torch.randint(0, 2000, (128,))]
    t = torch.randint(0, T, (128,))
    eps = torch.randn_like(x0)
    a = alpha_bar[t].unsqueeze(1)
    loss = nn.functional.mse_loss(model(a.sqrt() * x0 + (1 - a).sqrt() * eps, t), eps)
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for k, v in model.state_dict().items():
            ema[k].lerp_(v, 0.01)
model.load_state_dict(ema)
with torch.no_grad():
    x = torch.randn(200, 2)
    for i in reversed(range(T)):
        t = torch.full((200,), i)
        x = (x - betas[i] / (1 - alpha_bar[i]).sqrt() * model(x, t)) / (1 - betas[i]).sqrt()
        if i:
            x = x + betas[i].sqrt() * torch.randn_like(x)
print(x.mean(0), x.std(0))
