"""evaluate() leaves the network in evaluation mode; nobody switches back."""
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 1))

    def forward(self, x):
        return self.body(x).squeeze(1)


class Loop:
    def __init__(self):
        torch.manual_seed(4)
        self.x = torch.randn(300, 12)
        self.y = (self.x[:, :4].sum(1) + torch.randn(300) > 0).float()
        self.net = Net()
        self.opt = torch.optim.Adam(self.net.parameters(), lr=5e-3)
        self.loss = nn.BCEWithLogitsLoss()

    def evaluate(self):
        self.net.eval()
        with torch.no_grad():
            return self.loss(self.net(self.x[200:]), self.y[200:]).item()

    def fit(self, epochs):
        for epoch in range(epochs):
            self.net.train()
            for rows in torch.randperm(200).split(20):
                self.opt.zero_grad()
                loss = self.loss(self.net(self.x[rows]), self.y[rows])
                loss.backward()
                self.opt.step()
            print("epoch", epoch, "train", round(loss.item(), 3), "valid", round(self.evaluate(), 3))


Loop().fit(12)
