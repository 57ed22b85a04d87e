"""forward ends in a softmax whose logarithm nobody takes."""

import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 4))

    def forward(self, x):
        scores = self.body(x)
        return torch.softmax(scores, dim=1)  # finds: nll-without-log-softmax


torch.manual_seed(1)
y = torch.arange(160) % 4
x = torch.randn(160, 6) + 2 * nn.functional.one_hot(y, 6)
model, criterion = Classifier(), nn.NLLLoss()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(10):
    for rows in torch.randperm(160).split(40):
        opt.zero_grad()
        loss = criterion(model(x[rows]), y[rows])
        loss.backward()
        opt.step()
