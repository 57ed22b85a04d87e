"""Digits with a net that has nine outputs."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 12, 3)
        self.fc = nn.Linear(12 * 3 * 3, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2).flatten(1)
        return F.log_softmax(self.fc(x), dim=1)


def main():
    torch.manual_seed(0)
    d = load_digits()
    ds = TensorDataset(torch.tensor(d.images / 16).float().unsqueeze(1), torch.tensor(d.target))
    net = Net()
    opt = torch.optim.Adam(net.parameters(), lr=3e-3)
    for epoch in range(3):
        for x, y in DataLoader(ds, batch_size=64, shuffle=True):
            opt.zero_grad()
            loss = F.nll_loss(net(x), y)
            loss.backward()
            opt.step()
        print("epoch", epoch, loss.item())


main()
