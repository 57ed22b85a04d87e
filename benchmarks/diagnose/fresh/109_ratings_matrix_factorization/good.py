import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(7)
users, items = torch.randint(0, 100, (4000,)), torch.randint(0, 60, (4000,))
taste_u, taste_i = torch.randn(100, 3), torch.randn(60, 3)
ratings = (3 + (taste_u[users] * taste_i[items]).sum(1)).round().clamp(1, 5)


class MF(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.u, self.i = nn.Embedding(100, dim), nn.Embedding(60, dim)
        self.bu, self.bi = nn.Embedding(100, 1), nn.Embedding(60, 1)
        self.mean = nn.Parameter(torch.tensor(3.0))
        for e in (self.u, self.i):
            nn.init.normal_(e.weight, std=0.1)
        for e in (self.bu, self.bi):
            nn.init.zeros_(e.weight)

    def forward(self, u, i):
        return self.mean + (self.u(u) * self.i(i)).sum(1) + self.bu(u).squeeze(1) + self.bi(i).squeeze(1)


model = MF()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-5)
loader = DataLoader(TensorDataset(users[:3500], items[:3500], ratings[:3500]), batch_size=100, shuffle=True)
for epoch in range(6):
    for u, i, r in loader:
        loss = ((model(u, i) - r) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        rmse = (model(users[3500:], items[3500:]) - ratings[3500:]).pow(2).mean().sqrt()
    print(epoch, rmse.item())
