"""Cox partial likelihood: the loss compares each patient with all that are still at risk."""
import torch
from torch import nn

torch.manual_seed(3)
n = 600
x = torch.randn(n, 8)
risk = x[:, 0] - 0.7 * x[:, 1] + 0.5 * x[:, 2] * x[:, 3]
time = torch.distributions.Exponential(risk.exp()).sample()
event = (torch.rand(n) < 0.8).float()


def cox_loss(score, time, event):
    order = time.argsort(descending=True)
    score, event = score[order], event[order]
    return -((score - score.logcumsumexp(0)) * event).sum() / event.sum()


model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 1, bias=False))
opt = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-4)
for epoch in range(40):
    model.train()
    for idx in torch.randperm(480).split(120):
        loss = cox_loss(model(x[idx]).squeeze(1), time[idx], event[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 10 == 0:
        model.eval()
        with torch.no_grad():
            s, t = model(x[480:]).squeeze(1), time[480:]
            wins = ((s[:, None] > s[None, :]) & (t[:, None] < t[None, :])).sum()
            print(epoch, loss.item(), "c-index", (wins / (t[:, None] < t[None, :]).sum()).item())
