"""Dropout is off while the accuracy on the test examples is computed, and on again afterwards."""

import torch
from torch import nn

torch.manual_seed(0)
y_train, y_test = torch.arange(120) % 3, torch.arange(60) % 3
centers = 2.5 * torch.eye(3)
x_train = centers[y_train] + torch.randn(120, 3)
x_test = centers[y_test] + torch.randn(60, 3)

net = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(3):
    for step in range(20):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x_train), y_train)
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        accuracy = (net(x_test).argmax(1) == y_test).float().mean()
    net.train()
    print(f"{accuracy:.3f}")
