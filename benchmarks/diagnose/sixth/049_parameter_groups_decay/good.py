"""Regression with parameter groups: weights are decayed, biases are not."""
import torch
from sklearn.datasets import make_friedman1
from torch import nn

torch.manual_seed(0)
X, y = make_friedman1(1000, n_features=8, noise=0.3, random_state=0)
X = torch.tensor(X * 2 - 1, dtype=torch.float32)
y = torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32).unsqueeze(1)


def parameter_groups(model, decay):
    decayed, others = [], []
    for p in model.parameters():
        (decayed if p.ndim > 1 else others).append(p)
    return [{"params": decayed, "weight_decay": decay}, {"params": others}]


class Block(nn.Module):
    def __init__(self, fan_in, fan_out):
        super().__init__()
        self.linear = nn.Linear(fan_in, fan_out)

    def forward(self, x):
        return nn.functional.gelu(self.linear(x))


model = nn.Sequential(Block(8, 48), Block(48, 48), nn.Linear(48, 1))
groups = parameter_groups(model, decay=1e-4)
optimizer = torch.optim.Adam(groups, lr=3e-3)
criterion = nn.MSELoss()
for epoch in range(12):
    model.train()
    for idx in torch.randperm(800).split(50):
        optimizer.zero_grad()
        loss = criterion(model(X[idx]), y[idx])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        print(f"epoch {epoch}: test error {criterion(model(X[800:]), y[800:]).item():.4f}")
