import os

import torch
import torchvision
from torch import nn

mnist = torchvision.datasets.MNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True)
x = mnist.data[:2000].unsqueeze(1).float().div(255).sub(0.1307).div(0.3081)
y = mnist.targets[:2000]

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(1, 8, 3, stride=2), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(576, 10)
)
opt = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
for epoch in range(3):
    total = 0.0
    for idx in torch.randperm(2000).split(50):
        loss = nn.functional.cross_entropy(model(x[idx]), y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    print(epoch, total / 40)
