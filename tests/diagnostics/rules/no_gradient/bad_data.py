"""Two networks in a row; .data of the first one's result goes on."""

import torch
from torch import nn

torch.manual_seed(1)
x = torch.rand(128, 8)
encoder = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
decoder = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 8))
opt = torch.optim.Adam(list(encoder.parameters()) + list(decoder.parameters()), lr=0.01)
for _ in range(40):
    code = encoder(x).data  # finds: no-gradient
    loss = nn.functional.mse_loss(decoder(code), x)
    opt.zero_grad()
    loss.backward()
    opt.step()
