import os

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.datasets import FashionMNIST

torch.manual_seed(7)
ds = FashionMNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True, download=True)
X = ds.data[:3000].float().div(255).sub(0.286).div(0.353).unsqueeze(1)
Y = ds.targets[:3000]


class SmallConv(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 8, 3, stride=2, padding=1)
        self.c2 = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.head = nn.Linear(16 * 7 * 7, 10)

    def forward(self, x):
        x = F.relu(self.c1(x))
        x = F.relu(self.c2(x))
        return self.head(x.flatten(1))


def train_step(model, optimizer, xb, yb):
    logits = model(xb)
    loss = F.cross_entropy(logits, yb)
    loss.backward()  # fault: zero-grad-before-step
    model.zero_grad()  # fault: zero-grad-before-step
    optimizer.step()  # fault: zero-grad-before-step
    return loss.item(), (logits.argmax(1) == yb).float().mean().item()


def main():
    model = SmallConv()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    for epoch in range(3):
        log = []
        for idx in torch.randperm(len(X)).split(60):
            log.append(train_step(model, optimizer, X[idx], Y[idx]))
        mean = torch.tensor(log).mean(0)
        print(f"[{epoch}] loss={mean[0]:.3f} acc={mean[1]:.3f}")


main()
