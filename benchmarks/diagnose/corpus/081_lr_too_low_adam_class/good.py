import torch
from torch import nn

CONFIG = {
    "hidden": 32,
    "learning_rate": 5e-3,
    "batch": 32,
    "epochs": 10,
}


class Approximator(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, p):
        return self.net(p)[:, 0]


def fit(cfg):
    torch.manual_seed(71)
    p = torch.rand(512, 2)
    z = torch.sin(6 * p[:, 0]) * p[:, 1]
    model = Approximator(cfg["hidden"])
    opt = torch.optim.Adam(model.parameters(), lr=cfg["learning_rate"])
    for epoch in range(cfg["epochs"]):
        for idx in torch.randperm(512).split(cfg["batch"]):
            loss = nn.functional.mse_loss(model(p[idx]), z[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, "mse", nn.functional.mse_loss(model(p), z).item())


if __name__ == "__main__":
    fit(CONFIG)
