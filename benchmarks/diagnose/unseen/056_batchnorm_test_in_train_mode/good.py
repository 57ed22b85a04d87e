import os
import torch
import torch.nn as nn
from torchvision.datasets import MNIST


class Experiment:
    def __init__(self, n_train=4000, n_test=1000, batch=80):
        folder = os.environ.get("WORKBENCH_DATA", "data")
        self.train_set = self.load(MNIST(folder, train=True), n_train)
        self.test_set = self.load(MNIST(folder, train=False), n_test)
        self.batch = batch
        self.model = nn.Sequential(
            nn.Conv2d(1, 8, 5, stride=2), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 16, 5, stride=2), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Flatten(), nn.Linear(256, 10),
        )
        self.loss = nn.CrossEntropyLoss()
        self.opt = torch.optim.SGD(self.model.parameters(), lr=0.02, momentum=0.9)

    @staticmethod
    def load(ds, n):
        return (ds.data[:n].float().unsqueeze(1) - 33.3) / 78.6, ds.targets[:n]

    def iterate(self, split, shuffle):
        x, y = split
        order = torch.randperm(len(x)) if shuffle else torch.arange(len(x))
        for idx in order.split(self.batch):
            yield x[idx], y[idx]

    def train_epoch(self):
        self.model.train()
        for x, y in self.iterate(self.train_set, True):
            self.opt.zero_grad()
            self.loss(self.model(x), y).backward()
            self.opt.step()

    @torch.no_grad()
    def test(self):
        self.model.eval()
        right = 0
        for x, y in self.iterate(self.test_set, False):
            right += (self.model(x).argmax(1) == y).sum().item()
        return right / len(self.test_set[1])


torch.manual_seed(0)
exp = Experiment()
for epoch in range(3):
    exp.train_epoch()
    print("epoch", epoch, "test accuracy", exp.test())
