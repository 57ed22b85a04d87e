"""retain_graph on purpose for two losses of one network, a state that is begun anew, and a sum with one backward."""

import torch
from torch import nn

torch.manual_seed(3)
x = torch.randn(64, 5, 3)
y = x[:, :, 0].sum(1, keepdim=True).tanh()
cell, head, side = nn.GRUCell(3, 12), nn.Linear(12, 1), nn.Linear(12, 1)
opt = torch.optim.Adam([*cell.parameters(), *head.parameters(), *side.parameters()], lr=0.01)
for _ in range(25):
    state = torch.zeros(64, 12)
    total = 0.0
    for t in range(5):
        state = cell(x[:, t], state)
        total = total + 0.01 * state.pow(2).mean()
    opt.zero_grad()
    total.backward(retain_graph=True)
    nn.functional.mse_loss(head(state), y).backward(retain_graph=True)
    nn.functional.l1_loss(side(state), y.abs()).backward()
    opt.step()
