"""Classification by an energy per class; the loss is written with logsumexp."""
import torch
from torch import nn

torch.manual_seed(15)
centres = 2.5 * torch.randn(5, 6)
y = torch.randint(0, 5, (1500,))
x = centres[y] + torch.randn(1500, 6)


class Energy(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 16)
        self.body = nn.Sequential(nn.Linear(6 + 16, 32), nn.SiLU(), nn.Linear(32, 1))

    def forward(self, x):
        pairs = torch.cat([x[:, None].expand(-1, 5, -1), self.embed.weight.expand(len(x), -1, -1)], -1)
        return self.body(pairs).squeeze(-1)


model = Energy()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(5):
    for rows in torch.randperm(1200).split(60):
        energy = model(x[rows])
        chosen = energy.gather(1, y[rows, None]).squeeze(1)
        loss = (chosen + torch.logsumexp(-energy, dim=1)).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(epoch, loss.item(), (model(x[1200:]).argmin(1) == y[1200:]).float().mean().item())
