"""Each example may have several labels, and cross_entropy expects one."""

import torch
from torch import nn

torch.manual_seed(23)
x = torch.randn(128, 6)
labels = (x[:, :3] + 0.2 * torch.randn(128, 3) > 0).float()
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
criterion = nn.CrossEntropyLoss()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(40):
    opt.zero_grad()
    loss = criterion(net(x), labels)  # finds: wrong-criterion
    loss.backward()
    opt.step()
