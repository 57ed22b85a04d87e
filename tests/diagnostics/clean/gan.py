"""Two networks, two optimizers: the generator's backward runs through the other one, whose step comes first."""

import torch
from torch import nn

torch.manual_seed(1)
real = torch.randn(128, 2) * 0.3 + torch.tensor([1.0, -1.0])
make = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 2))
tell = nn.Sequential(nn.Linear(2, 24), nn.LeakyReLU(0.2), nn.Linear(24, 1))
make_step = torch.optim.Adam(make.parameters(), lr=1e-3, betas=(0.5, 0.999))
tell_step = torch.optim.Adam(tell.parameters(), lr=1e-3, betas=(0.5, 0.999))
criterion = nn.BCEWithLogitsLoss()
yes, no = torch.ones(32, 1), torch.zeros(32, 1)
for step in range(30):
    true = real[torch.randint(0, 128, (32,))]
    false = make(torch.randn(32, 4))
    tell_step.zero_grad(set_to_none=True)
    loss = (criterion(tell(true), yes) + criterion(tell(false.detach()), no)) / 2
    loss.backward()
    tell_step.step()
    make_step.zero_grad(set_to_none=True)
    fooled = criterion(tell(false), yes)
    fooled.backward()
    make_step.step()
