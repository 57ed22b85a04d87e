"""The sigmoid stands in the training loop, in the line before the loss."""

import torch
import torch.nn.functional as F
from torch import nn


def train(model, x, y, rounds):
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(rounds):
        scores = model(x)
        chance = torch.sigmoid(scores)  # finds: sigmoid-before-bce-logits
        loss = F.binary_cross_entropy_with_logits(chance.view(-1), y)
        opt.zero_grad()
        loss.backward()
        opt.step()


torch.manual_seed(1)
x = torch.randn(120, 6)
y = (x[:, 0] * x[:, 1] > 0).float()
train(nn.Sequential(nn.Linear(6, 20), nn.Tanh(), nn.Linear(20, 1)), x, y, 50)
