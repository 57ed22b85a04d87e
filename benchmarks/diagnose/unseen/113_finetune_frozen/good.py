import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
X, y = torch.tensor(d.images / 16).float().unsqueeze(1), torch.tensor(d.target)
low, high = y < 6, y >= 6


class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
                                      nn.Flatten())
        self.head = nn.Linear(12 * 16, classes)

    def forward(self, x):
        return self.head(self.features(x))


def run(net, params, x, t, epochs, frozen=None):
    opt = torch.optim.SGD(params, lr=0.02, momentum=0.9)
    for _ in range(epochs):
        net.train()
        if frozen is not None:
            frozen.eval()
        for i in torch.randperm(len(x)).split(48):
            opt.zero_grad()
            loss = nn.functional.cross_entropy(net(x[i]), t[i])
            loss.backward()
            opt.step()
    net.eval()
    with torch.no_grad():
        return (net(x).argmax(1) == t).float().mean().item()


net = Net(6)
print("source", run(net, net.parameters(), X[low], y[low], 3))
for p in net.features.parameters():
    p.requires_grad = False
net.head = nn.Linear(12 * 16, 4)
print("transfer", run(net, net.head.parameters(), X[high], y[high] - 6, 4, frozen=net.features))
for p in net.features.parameters():
    p.requires_grad = True
print("whole", run(net, [{"params": net.features.parameters(), "lr": 1e-3}, {"params": net.head.parameters()}],
                   X[high], y[high] - 6, 2))
