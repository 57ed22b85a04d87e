import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def make_data(n=1200, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 8)).astype(np.float32)
    y = (np.sin(x[:, 0] * 2) + x[:, 1] * x[:, 2] > 0).astype(np.int64)
    return torch.from_numpy(x), torch.from_numpy(y)


class Trainer:
    def __init__(self, model, loader, lr):
        self.model = model
        self.loader = loader
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.loss_fn = nn.CrossEntropyLoss()

    def fit(self, epochs):
        for epoch in range(1, epochs + 1):
            mean_loss, acc = self.run_epoch()
            print(f"epoch {epoch:02d} loss={mean_loss:.4f} acc={acc:.3f}")

    def run_epoch(self):
        self.model.train()
        losses, right, seen = [], 0, 0
        for xb, yb in self.loader:
            self.optimizer.zero_grad()
            logits = self.model(xb)
            loss = self.loss_fn(logits, yb)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
            right += (logits.argmax(-1) == yb).sum().item()
            seen += len(yb)
        return float(np.mean(losses)), right / seen


if __name__ == "__main__":
    torch.manual_seed(0)
    x, y = make_data()
    loader = DataLoader(TensorDataset(x, y), batch_size=40, shuffle=True)
    net = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 2))
    Trainer(net, loader, lr=0.1).fit(10)
