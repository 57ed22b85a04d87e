import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def make(n, seed):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 5, generator=g)
    label = (x[:, 0] > 0).long() + (x[:, 1] > 0).long()
    return TensorDataset(x, label.unsqueeze(1))


class Metric:
    def __init__(self):
        self.right = self.total = 0

    def update(self, scores, label):
        guess = scores.argmax(dim=1)
        self.right += guess.eq(label).sum().item()  # fault: metric-broadcast
        self.total += len(label)

    @property
    def value(self):
        return self.right / self.total


if __name__ == "__main__":
    torch.manual_seed(6)
    net = nn.Sequential(nn.Linear(5, 20), nn.ReLU(), nn.Linear(20, 3))
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    train, test = DataLoader(make(400, 1), 40, shuffle=True), DataLoader(make(120, 2), 40)
    for epoch in range(5):
        for x, t in train:
            loss = nn.functional.cross_entropy(net(x), t.squeeze(1))
            opt.zero_grad()
            loss.backward()
            opt.step()
        metric = Metric()
        with torch.no_grad():
            for x, t in test:
                metric.update(net(x), t)
        print("epoch", epoch, "test accuracy", metric.value)
