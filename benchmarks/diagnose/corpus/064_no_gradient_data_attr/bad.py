import torch
from torch import nn
from sklearn.datasets import load_wine


class Gate(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.gate = nn.Linear(n, n)

    def forward(self, x):
        g = torch.sigmoid(self.gate(x))
        return x * g.data  # fault: no-gradient


class GatedNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate1 = Gate(13)
        self.fc = nn.Linear(13, 3)

    def forward(self, x):
        return self.fc(self.gate1(x))


def main():
    torch.manual_seed(44)
    X, y = load_wine(return_X_y=True)
    X = torch.tensor((X - X.mean(0)) / X.std(0)).float()
    y = torch.tensor(y)
    net = GatedNet()
    start = net.gate1.gate.weight.detach().clone()
    opt = torch.optim.Adam(net.parameters(), lr=0.02)
    for i in range(60):
        loss = nn.functional.cross_entropy(net(X), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    moved = (net.gate1.gate.weight - start).abs().max().item()
    print("loss", loss.item(), "gate moved by", moved)


main()
