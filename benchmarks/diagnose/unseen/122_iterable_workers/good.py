import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info


class Stream(IterableDataset):
    def __init__(self, n, seed):
        self.n, self.seed = n, seed

    def __iter__(self):
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        g = torch.Generator().manual_seed(self.seed + worker)
        for _ in range(self.n // workers):
            x = torch.randn(6, generator=g)
            yield x, (x[:3].norm() > x[3:].norm()).float()


def main():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 1), nn.Flatten(0))
    opt = torch.optim.Adam(net.parameters(), lr=3e-3)
    bce = nn.BCEWithLogitsLoss()
    for epoch in range(3):
        net.train()
        for x, y in DataLoader(Stream(2400, epoch * 10), batch_size=40, num_workers=2):
            opt.zero_grad()
            loss = bce(net(x), y)
            loss.backward()
            opt.step()
        net.eval()
        with torch.no_grad():
            xs, ys = zip(*Stream(400, 999))
            acc = ((net(torch.stack(xs)) > 0).float() == torch.stack(ys)).float().mean()
        print(f"epoch {epoch}: loss {loss.item():.3f}, fresh data {acc:.3f}")


if __name__ == "__main__":
    main()
