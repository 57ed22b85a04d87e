import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_wine

torch.manual_seed(9)
wine = load_wine()
data = torch.tensor(wine.data, dtype=torch.float32)
data = (data - data.mean(0)) / data.std(0)
data = data + 0.6 * torch.randn_like(data)
label = torch.tensor(wine.target)
idx = torch.randperm(len(data))
tr, va = idx[:120], idx[120:]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(13, 64)
        self.norm = nn.BatchNorm1d(64)
        self.b = nn.Linear(64, 3)
        self.drop = nn.Dropout(0.4)

    def forward(self, x):
        return self.b(self.drop(F.relu(self.norm(self.a(x)))))


def train_epoch(net, opt):
    net.train()
    for batch in tr[torch.randperm(len(tr))].split(20):
        opt.zero_grad()
        loss = F.cross_entropy(net(data[batch]), label[batch])
        loss.backward()
        opt.step()
    return loss.item()


@torch.no_grad()
def validate(net):
    net.eval()
    return (net(data[va]).argmax(1) == label[va]).float().mean().item()


net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
net.train()
for epoch in range(15):
    print(epoch, train_epoch(net, opt), validate(net))
