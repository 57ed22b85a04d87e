"""Warm start: take a body, give it a new head, train all of it."""
import torch
from torch import nn
from sklearn.datasets import load_digits


def make_body():
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1))


class Runner:
    def __init__(self):
        torch.manual_seed(15)
        d = load_digits()
        self.x = torch.tensor(d.data / 16).float()
        self.y = torch.tensor(d.target)
        self.net = make_body()
        self.net[2] = nn.Linear(32, 10)
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1, momentum=0.9)

    def one_epoch(self):
        for rows in torch.randperm(len(self.x)).split(90):
            loss = nn.functional.cross_entropy(self.net(self.x[rows]), self.y[rows])
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
        return loss.item()


if __name__ == "__main__":
    runner = Runner()
    for e in range(6):
        print("epoch", e, "loss", round(runner.one_epoch(), 4))
