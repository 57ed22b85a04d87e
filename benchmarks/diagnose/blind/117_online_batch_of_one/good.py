"""Online learning: one example at a time, LayerNorm, a small rate; errors counted before learning."""
import torch
from torch import nn

torch.manual_seed(16)
net = nn.Sequential(nn.Linear(8, 32), nn.LayerNorm(32), nn.ReLU(), nn.Linear(32, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.02)
w = torch.randn(8)
mistakes = 0
for t in range(1, 801):
    x = torch.randn(1, 8)
    y = ((x @ w) > 0).float()
    logit = net(x).squeeze(1)
    mistakes += int((logit.item() > 0) != bool(y))
    loss = nn.functional.binary_cross_entropy_with_logits(logit, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if t % 200 == 0:
        print(t, "mistakes in the last 200:", mistakes)
        mistakes = 0
