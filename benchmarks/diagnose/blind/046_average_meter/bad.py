"""Mean loss of an epoch with an AverageMeter."""
import torch
from torch import nn


class AverageMeter:
    def __init__(self):
        self.reset()

    def reset(self):
        self.sum, self.count = 0, 0

    def update(self, value, n=1):
        self.sum += value * n  # fault: loss-accumulates-graph
        self.count += n

    @property
    def avg(self):
        return self.sum / self.count


torch.manual_seed(28)
x = torch.randn(1600, 8)
y = torch.tanh(x[:, :1] - x[:, 1:2] * x[:, 2:3])
model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.NAdam(model.parameters(), lr=3e-3)
meter = AverageMeter()
for epoch in range(5):
    meter.reset()
    for rows in torch.randperm(1600).split(40):
        loss = nn.functional.smooth_l1_loss(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        meter.update(loss, len(rows))  # fault: loss-accumulates-graph
    print(f"epoch {epoch}: {meter.avg:.4f}")
