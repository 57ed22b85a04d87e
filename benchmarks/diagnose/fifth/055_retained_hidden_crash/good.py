"""Truncated BPTT over a long series: the state travels from chunk to chunk."""
import torch
from torch import nn

torch.manual_seed(0)
t = torch.arange(1201) * 0.1
wave = (torch.sin(t) + 0.5 * torch.cos(2.3 * t)).view(1, -1, 1)
rnn = nn.RNN(1, 32, batch_first=True)
readout = nn.Linear(32, 1)
params = list(rnn.parameters()) + list(readout.parameters())
opt = torch.optim.Adam(params, lr=5e-3)
for epoch in range(6):
    h = torch.zeros(1, 1, 32)
    total = 0.0
    for s in range(0, 1200, 40):
        x, y = wave[:, s:s + 40], wave[:, s + 1:s + 41]
        out, h = rnn(x, h.detach())
        loss = nn.functional.mse_loss(readout(out), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    print(epoch, total / 30)
