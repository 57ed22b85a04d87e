import dataclasses
import torch
import torch.nn.functional as F
from torch import nn


@dataclasses.dataclass
class Batch:
    inputs: torch.Tensor
    targets: torch.Tensor


class Wave:
    """Next value of a noisy wave from the eight before."""

    def __init__(self, n=1500, window=8, seed=0):
        g = torch.Generator().manual_seed(seed)
        t = torch.arange(n) * 0.2
        self.series = torch.sin(t) + 0.5 * torch.sin(2.3 * t) + 0.05 * torch.randn(n, generator=g)
        self.window = window

    def batches(self, size):
        starts = torch.randperm(len(self.series) - self.window)
        for part in starts.split(size):
            x = torch.stack([self.series[s:s + self.window] for s in part])
            y = self.series[part + self.window]
            yield Batch(x, y)


class Forecaster(nn.Module):
    def __init__(self, window):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(window, 32), nn.SiLU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.net(x).squeeze(-1)


class Trainer:
    def __init__(self, model, data):
        self.model, self.data = model, data
        self.opt = torch.optim.Adam(model.parameters(), lr=3e-3)

    def loss(self, batch):
        return F.smooth_l1_loss(self.model(batch.inputs), batch.targets)

    def fit(self, epochs):
        for e in range(epochs):
            losses = []
            for batch in self.data.batches(50):
                self.opt.zero_grad()
                loss = self.loss(batch)
                loss.backward()
                self.opt.step()
                losses.append(loss.item())
            print(f"epoch {e}: {sum(losses) / len(losses):.4f}")


torch.manual_seed(0)
wave = Wave()
Trainer(Forecaster(wave.window), wave).fit(10)
