"""An object shuffles its examples and its labels, each for itself."""

import torch
from torch import nn


class Data:
    def __init__(self):
        self.inputs = torch.randn(160, 5)
        self.labels = (self.inputs[:, 0] > 0).long()

    def shuffle(self):
        self.inputs = self.inputs[torch.randperm(160)]
        self.labels = self.labels[torch.randperm(160)]  # finds: label-mismatch


torch.manual_seed(49)
data = Data()
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(8):
    data.shuffle()
    for start in range(0, 160, 40):
        loss = nn.functional.cross_entropy(net(data.inputs[start : start + 40]), data.labels[start : start + 40])
        opt.zero_grad()
        loss.backward()
        opt.step()
