"""One trunk, three heads: class, count (Poisson), quantiles; losses are weighted and summed."""
import torch
from torch import nn

torch.manual_seed(13)
x = torch.randn(1600, 7)
kind = (x[:, 0] > 0).long() + (x[:, 1] > 0.5).long()
count = torch.poisson((0.5 * x[:, 2] + 0.3 * x[:, 3]).exp())
amount = x[:, 4] * x[:, 5] + 0.5 * torch.randn(1600)
taus = torch.tensor([0.1, 0.5, 0.9])


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(7, 48), nn.GELU(), nn.LayerNorm(48))
        self.kind, self.count, self.amount = nn.Linear(48, 3), nn.Linear(48, 1), nn.Linear(48, 3)

    def forward(self, x):
        h = self.trunk(x)
        return self.kind(h), self.count(h).squeeze(1), self.amount(h)


def pinball(q, y):
    e = y.unsqueeze(1) - q
    return torch.maximum(taus * e, (taus - 1) * e).mean()


model = Heads()
opt = torch.optim.AdamW(model.parameters(), lr=3e-3)
ce, poisson = nn.CrossEntropyLoss(), nn.PoissonNLLLoss(log_input=True)
for epoch in range(8):
    for idx in torch.randperm(1400).split(70):
        k, c, q = model(x[idx])
        losses = {"kind": ce(k, kind[idx]), "count": poisson(c, count[idx]), "amount": pinball(q, amount[idx])}
        loss = losses["kind"] + 0.5 * losses["count"] + 2 * losses["amount"]
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, {name: round(value.item(), 3) for name, value in losses.items()})
