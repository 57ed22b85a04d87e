"""LoRA: a trained network is frozen, and small products of two matrices are learned beside it."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
mirrored = x.view(-1, 8, 8).flip(2).reshape(-1, 64)


class LoRA(nn.Module):
    def __init__(self, linear, rank=8):
        super().__init__()
        self.linear = linear.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, linear.in_features) / linear.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x):
        return self.linear(x) + F.linear(F.linear(x, self.down), self.up)


def train(model, data, lr, epochs):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=lr)
    for epoch in range(epochs):
        for idx in torch.randperm(1500).split(75):
            loss = F.cross_entropy(model(data[idx]), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def right(model, data):
    with torch.no_grad():
        return round((model(data[1500:]).argmax(1) == y[1500:]).float().mean().item(), 3)


net = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 10))
train(net, x, 3e-3, 4)
print("as learned:", right(net, x), "mirrored:", right(net, mirrored))
for k in (0, 2):
    net[k] = LoRA(net[k])
train(net, mirrored, 5e-3, 5)
print("mirrored, with LoRA:", right(net, mirrored))
