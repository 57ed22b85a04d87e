import torch
from torch import nn
from sklearn.datasets import load_digits


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.kaiming_uniform_(m.weight)
        nn.init.zeros_(m.bias)


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(64, 50)
        self.l2 = nn.Linear(50, 20)
        self.l3 = nn.Linear(20, 10)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return self.l3(x)


def main():
    torch.manual_seed(0)
    d = load_digits()
    x, y = torch.tensor(d.data).float() / 16, torch.tensor(d.target)
    net = Digits()
    net.apply(init_weights)
    opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(6):
        for b in torch.randperm(len(x)).split(64):
            loss = nn.functional.cross_entropy(net(x[b]), y[b])
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, "acc", (net(x).argmax(1) == y).float().mean().item())


if __name__ == "__main__":
    main()
