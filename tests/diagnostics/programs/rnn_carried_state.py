"""A GRU whose hidden state is carried from batch to batch, detached."""
import torch
from torch import nn

torch.manual_seed(0)
wave = torch.sin(torch.arange(400) * 0.2)
cell, head = nn.GRU(1, 16, batch_first=True), nn.Linear(16, 1)
opt = torch.optim.Adam([*cell.parameters(), *head.parameters()], lr=0.01)
for epoch in range(6):
    state = None
    for start in range(0, 380, 20):
        x = wave[start : start + 20].reshape(1, 20, 1)
        y = wave[start + 1 : start + 21].reshape(1, 20, 1)
        out, state = cell(x, state)
        state = state.detach()
        loss = nn.functional.mse_loss(head(out), y)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(cell.parameters(), 1.0)
        opt.step()
