"""The rate is to be divided by ten every five epochs, and is divided every five batches."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(111)
y = torch.arange(160) % 4
x = torch.randn(160, 8) + 2 * torch.eye(8)[y]
net = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(opt, step_size=5, gamma=0.1)
loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
for epoch in range(8):
    for a, b in loader:
        opt.zero_grad()
        nn.functional.cross_entropy(net(a), b).backward()
        opt.step()
        scheduler.step()  # finds: scheduler-misuse
