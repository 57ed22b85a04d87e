"""Training step as a function; momentum matters in this narrow valley."""
import torch
from torch import nn

torch.manual_seed(40)
x = torch.randn(512, 20) * torch.logspace(0, -1.3, 20)
y = x @ torch.randn(20, 1) / torch.logspace(0, -1.3, 20).mean()
model = nn.Sequential(nn.Linear(20, 1))


def train_step(batch, target):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.95)  # fault: optimizer-recreated
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(batch), target)
    loss.backward()
    optimizer.step()
    return loss.item()


for epoch in range(25):
    total = sum(train_step(x[i:i + 64], y[i:i + 64]) for i in range(0, 512, 64))
    if epoch % 5 == 4:
        print(epoch + 1, total / 8)
