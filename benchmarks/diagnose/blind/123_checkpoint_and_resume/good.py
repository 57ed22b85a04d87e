"""Training in two halves: a checkpoint is written, everything is built anew and goes on from it."""
import tempfile
from pathlib import Path

import torch
from torch import nn


def build():
    model = nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    return model, optimizer, torch.optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)


def train(model, optimizer, scheduler, first, last):
    for epoch in range(first, last):
        for rows in torch.randperm(1000).split(50):
            loss = nn.functional.mse_loss(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        scheduler.step()
        print(epoch, scheduler.get_last_lr()[0], loss.item())


torch.manual_seed(22)
x = torch.randn(1000, 3)
y = torch.tanh(x[:, :1] * x[:, 1:2]) + 0.3 * x[:, 2:]
model, optimizer, scheduler = build()
train(model, optimizer, scheduler, 0, 4)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "half.pt"
    torch.save({"model": model.state_dict(), "opt": optimizer.state_dict(), "sched": scheduler.state_dict()}, path)
    model, optimizer, scheduler = build()
    state = torch.load(path)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["opt"])
    scheduler.load_state_dict(state["sched"])
train(model, optimizer, scheduler, 4, 8)
