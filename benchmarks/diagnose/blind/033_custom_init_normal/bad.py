"""Digit classifier with an own initialisation."""
import torch
import torch.nn as nn
from sklearn.datasets import load_digits


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight)  # fault: initial-loss-off
        nn.init.zeros_(m.bias)


torch.manual_seed(20)
digits = load_digits()
x = torch.tensor((digits.data - 4.9) / 6.0, dtype=torch.float32)
y = torch.tensor(digits.target)
net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))
net.apply(init_weights)  # fault: initial-loss-off
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(6):
    total = 0.0
    for rows in torch.randperm(1500).split(50):
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])  # fault: initial-loss-off
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    acc = (net(x[1500:]).argmax(1) == y[1500:]).float().mean().item()
    print(f"{epoch}: {total / 30:.3f} {acc:.3f}")
