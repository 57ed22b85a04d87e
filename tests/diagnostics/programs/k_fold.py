"""A new network and optimizer for each of five folds."""
import torch
from torch import nn

torch.manual_seed(7)
x = torch.randn(100, 5)
y = (x @ torch.tensor([1.0, -1.0, 2.0, 0.0, 0.5]) + 0.1 * torch.randn(100)).unsqueeze(1)
for fold in range(5):
    held = torch.arange(100) % 5 == fold
    net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
    opt = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(40):
        opt.zero_grad()
        loss = ((net(x[~held]) - y[~held]) ** 2).mean()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        print(fold, float(((net(x[held]) - y[held]) ** 2).mean()))
