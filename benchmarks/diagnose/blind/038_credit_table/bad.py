"""Loan default from a customer table."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(25)
n = 2000
income = 45_000 + 15_000 * torch.randn(n)
age = 20 + 50 * torch.rand(n)
debt_ratio = torch.rand(n)
late = torch.poisson(torch.full((n,), 0.8))
risk = 3 * debt_ratio + 0.8 * late - (income - 45_000) / 20_000 - 0.02 * age
default = (risk > risk.median()).float()
table = torch.stack([income, age, debt_ratio, late], dim=1)

loader = DataLoader(TensorDataset(table, default), batch_size=50, shuffle=True)  # fault: unnormalized-inputs
net = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
bce = nn.BCEWithLogitsLoss()
for epoch in range(5):
    for rows, target in loader:
        opt.zero_grad()
        loss = bce(net(rows).squeeze(1), target)  # fault: unnormalized-inputs
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(epoch, loss.item(), ((net(table).squeeze(1) > 0) == (default > 0)).float().mean().item())
