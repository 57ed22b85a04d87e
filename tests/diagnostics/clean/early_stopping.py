"""Stops when validation gets no better; keeps and brings back the best weights; a scheduler follows the same number."""

import copy

import torch
from torch import nn

torch.manual_seed(6)
x = torch.randn(240, 6)
y = (x[:, :1] * x[:, 1:2] + 0.1 * torch.randn(240, 1)).clamp(-3, 3)
train_x, train_y, held_x, held_y = x[:180], y[:180], x[180:], y[180:]
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=2)
best, best_state, bad = float("inf"), None, 0
for epoch in range(60):
    net.train()
    for batch in torch.randperm(180).split(60):
        loss = criterion(net(train_x[batch]), train_y[batch])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    net.eval()
    with torch.no_grad():
        held = criterion(net(held_x), held_y).item()
    scheduler.step(held)
    if held < best:
        best, best_state, bad = held, copy.deepcopy(net.state_dict()), 0
    else:
        bad += 1
        if bad == 5:
            break
net.load_state_dict(best_state)
