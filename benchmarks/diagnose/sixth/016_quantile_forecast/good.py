"""Tomorrow's demand as a quantile: an LSTM over two weeks of noisy waves, trained with the pinball loss."""
import argparse

import numpy as np
import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--quantile", type=float, default=0.5)
parser.add_argument("--window", type=int, default=14)
parser.add_argument("--epochs", type=int, default=8)
args = parser.parse_args()

rng = np.random.default_rng(0)
day = np.arange(1500)
demand = np.sin(2 * np.pi * day / 7) + 0.5 * np.sin(2 * np.pi * day / 30) + 0.1 * rng.standard_normal(1500)
series = torch.tensor(demand, dtype=torch.float32)
windows = series.unfold(0, args.window + 1, 1)
history, tomorrow = windows[:, :-1].unsqueeze(2), windows[:, -1]


class PinballLoss(nn.Module):
    def __init__(self, quantile):
        super().__init__()
        self.q = quantile

    def forward(self, prediction, target):
        error = target - prediction.squeeze(1)
        return torch.maximum(self.q * error, (self.q - 1) * error).mean()


class DemandLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 24, batch_first=True)
        self.out = nn.Linear(24, 1)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


torch.manual_seed(0)
model = DemandLSTM()
pinball = PinballLoss(args.quantile)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(args.epochs):
    for idx in torch.randperm(1200).split(50):
        optimizer.zero_grad()
        loss = pinball(model(history[idx]), tomorrow[idx])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        test = (model(history[1200:]).flatten() - tomorrow[1200:]).abs().mean()
    print(f"epoch {epoch}: loss {loss.item():.3f}, mean absolute error afterwards {test:.3f}")
