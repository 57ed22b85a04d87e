"""Small trainer object around a regressor for the diabetes data."""
from dataclasses import dataclass

import torch
from sklearn.datasets import load_diabetes
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Config:
    hidden: int = 24
    batch_size: int = 32
    epochs: int = 12
    lr: float = 1e-2
    seed: int = 7


class Regressor(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_in, hidden), nn.Tanh())
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.head(self.body(x)).squeeze(1)


class Trainer:
    def __init__(self, cfg):
        self.cfg = cfg
        torch.manual_seed(cfg.seed)
        raw = load_diabetes()
        x = torch.tensor(raw.data, dtype=torch.float32)
        x = (x - x.mean(0)) / x.std(0)
        t = torch.tensor(raw.target, dtype=torch.float32)
        t = (t - t.mean()) / t.std()
        self.loader = DataLoader(TensorDataset(x, t), batch_size=cfg.batch_size, shuffle=True)
        self.net = Regressor(x.shape[1], cfg.hidden)
        self.opt = torch.optim.Adam(self.net.parameters(), lr=cfg.lr)
        self.loss_fn = nn.MSELoss()

    def _step(self, xb, tb):
        loss = self.loss_fn(self.net(xb), tb)
        loss.backward()  # fault: missing-zero-grad
        self.opt.step()  # fault: missing-zero-grad
        return loss.item()

    def fit(self):
        for epoch in range(self.cfg.epochs):
            losses = [self._step(xb, tb) for xb, tb in self.loader]
            print(f"epoch {epoch:2d}  mse {sum(losses) / len(losses):.4f}")


if __name__ == "__main__":
    Trainer(Config()).fit()
