"""Two optimizers: the generator's backward leaves gradients in the discriminator, which zeroes before its own."""

import torch
from torch import nn

torch.manual_seed(7)
make = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
judge = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
for_make = torch.optim.Adam(make.parameters(), lr=1e-3)
for_judge = torch.optim.Adam(judge.parameters(), lr=1e-3)
loss_of = nn.BCEWithLogitsLoss()
one, zero = torch.ones(64, 1), torch.zeros(64, 1)

for step in range(30):
    real = torch.randn(64, 2) * 0.3 + 1
    fake = make(torch.randn(64, 2))
    for_judge.zero_grad(set_to_none=step % 2 == 0)
    (loss_of(judge(real), one) + loss_of(judge(fake.detach()), zero)).backward()
    for_judge.step()
    for_make.zero_grad()
    loss_of(judge(fake), one).backward()
    for_make.step()
