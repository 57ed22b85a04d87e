"""A state is carried over with its graph, and retain_graph=True only moves the crash: the step changed the weights."""

import torch
from torch import nn

torch.manual_seed(3)
x = torch.randn(20, 16, 3)
y = x.sum(2).tanh().unsqueeze(2)
cell, head = nn.GRUCell(3, 12), nn.Linear(12, 1)
opt = torch.optim.Adam([*cell.parameters(), *head.parameters()], lr=0.01)
state = torch.zeros(16, 12)
for t in range(20):
    state = cell(x[t], state)  # finds: graph-reused
    loss = nn.functional.mse_loss(head(state), y[t])
    opt.zero_grad()
    loss.backward(retain_graph=True)
    opt.step()
