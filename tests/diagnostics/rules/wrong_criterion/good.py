"""Five classes, each with an output of its own."""

import torch
from torch import nn

torch.manual_seed(21)
y = torch.arange(200) % 5
x = torch.randn(200, 5) + 2 * torch.eye(5)[y]
criterion = nn.CrossEntropyLoss()
outputs = 1 if isinstance(criterion, nn.BCEWithLogitsLoss) else 5
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, outputs))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(60):
    opt.zero_grad()
    scores = net(x)
    loss = criterion(scores, y) if outputs == 5 else criterion(scores.squeeze(1), y.float())
    loss.backward()
    opt.step()
