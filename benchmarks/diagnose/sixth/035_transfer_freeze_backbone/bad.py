"""Transfer learning in small: an encoder learned on half of the digits is kept, and a head learns the others."""
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
data = load_digits()
images = torch.tensor(data.data / 16, dtype=torch.float32)
labels = torch.tensor(data.target)
source, target = labels < 5, labels >= 5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.head = nn.Linear(32, 5)

    def forward(self, x):
        return self.head(self.backbone(x))


def fit(model, x, y, epochs, lr):
    optimizer = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=lr)
    for epoch in range(epochs):
        for idx in torch.randperm(len(x)).split(64):
            loss = nn.functional.cross_entropy(model(x[idx]), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return loss.item()


def freeze(module):
    module.requires_grad = False  # fault: requires-grad-typo


net = Net()
print("source", fit(net, images[source], labels[source], epochs=4, lr=3e-3))
freeze(net.backbone)  # fault: requires-grad-typo
net.head = nn.Linear(32, 5)
kept = [p.detach().clone() for p in net.backbone.parameters()]
print("target", fit(net, images[target], labels[target] - 5, epochs=6, lr=3e-3))
moved = max((a - b).abs().max().item() for a, b in zip(kept, net.backbone.parameters()))
print(f"the backbone moved by {moved:.4f}")
