"""Fine-tuning: the body is frozen, but its batch norm goes on collecting statistics."""
import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
x, y = torch.tensor(d.data).float() / 16, torch.tensor(d.target)

body = nn.Sequential(nn.Linear(64, 48), nn.BatchNorm1d(48), nn.ReLU())
pre = nn.Sequential(body, nn.Linear(48, 10))
opt = torch.optim.Adam(pre.parameters(), lr=3e-3)
for b in torch.randperm(len(x)).split(64):
    opt.zero_grad()
    nn.functional.cross_entropy(pre(x[b]), y[b]).backward()
    opt.step()

for p in body.parameters():
    p.requires_grad = False
head = nn.Linear(48, 2)
model = nn.Sequential(body, head)
opt = torch.optim.Adam(head.parameters(), lr=3e-3)
odd = y % 2
for epoch in range(3):
    model.train()
    body.eval()
    for b in torch.randperm(len(x)).split(64):
        shifted = x[b] * 1.5 + 0.3
        loss = nn.functional.cross_entropy(model(shifted), odd[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print("epoch", epoch, "loss", loss.item(), "running mean", body[1].running_mean.abs().mean().item())
