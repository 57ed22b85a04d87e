"""Sanity check before the real training: 32 digits must be learnt by heart."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(12)
d = load_digits()
x = torch.tensor(d.data[:32], dtype=torch.float32) / 16
y = torch.tensor(d.target[:32])
net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 10))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for step in range(150):
    net.train()
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 30 == 29:
        net.eval()
        with torch.no_grad():
            print(step + 1, loss.item(), (net(x).argmax(1) == y).float().mean().item())
