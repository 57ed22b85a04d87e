import torch
import torch.nn.functional as F
from torch import nn


class Temperature(nn.Module):
    """Predicts tomorrow's temperature anomaly (any sign)."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 30)
        self.fc2 = nn.Linear(30, 1)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        return F.relu(self.fc2(x)).squeeze(1)  # fault: output-range


def anomaly(n, g):
    x = torch.randn(n, 6, generator=g)
    return x, 2 * x[:, 0] - x[:, 1] * x[:, 2] + 0.1 * torch.randn(n, generator=g)


def main():
    g = torch.Generator().manual_seed(77)
    torch.manual_seed(77)
    net = Temperature()
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    for it in range(150):
        x, t = anomaly(64, g)
        opt.zero_grad()
        loss = F.mse_loss(net(x), t)
        loss.backward()
        opt.step()
        if it % 30 == 29:
            print("iteration", it + 1, "mse", round(loss.item(), 3))


if __name__ == "__main__":
    main()
