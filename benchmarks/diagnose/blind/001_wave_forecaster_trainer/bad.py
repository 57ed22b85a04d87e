"""Forecast the next value of a noisy wave with a GRU."""
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Forecaster(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        states, _ = self.gru(x)
        return self.out(states[:, -1])


class Trainer:
    def __init__(self, model, lr=0.05):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.loss_fn = nn.MSELoss()

    def step(self, x, y):
        self.optimizer.zero_grad  # fault: missing-zero-grad
        loss = self.loss_fn(self.model(x), y)
        loss.backward()  # fault: missing-zero-grad
        self.optimizer.step()  # fault: missing-zero-grad
        return loss.item()

    def fit(self, loader, epochs):
        for epoch in range(epochs):
            losses = [self.step(x, y) for x, y in loader]
            print(f"epoch {epoch}: mse {sum(losses) / len(losses):.4f}")


def windows(n=1200, length=16):
    t = torch.arange(n + length + 1) * 0.17
    series = torch.sin(t) + 0.4 * torch.sin(2.3 * t + math.pi / 5) + 0.05 * torch.randn(len(t))
    x = torch.stack([series[i:i + length] for i in range(n)]).unsqueeze(-1)
    y = series[length:length + n].unsqueeze(-1)
    return TensorDataset(x, y)


if __name__ == "__main__":
    torch.manual_seed(3)
    trainer = Trainer(Forecaster())
    trainer.fit(DataLoader(windows(), batch_size=32, shuffle=True), epochs=6)
