import os

import torch
import torch.nn as nn
from torchvision.datasets import MNIST


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(28 * 28, 128), nn.Sigmoid(), nn.Linear(128, 64), nn.Sigmoid(), nn.Linear(64, 10)
        )

    def forward(self, x):
        x = self.flatten(x)
        return self.linear_relu_stack(x)


torch.manual_seed(0)
raw = MNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True)
x, y = raw.data[:3000].float(), raw.targets[:3000]  # fault: unnormalized-inputs
model = MLP()
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for t in range(3):
    for batch, idx in enumerate(torch.randperm(3000).split(64)):
        pred = model(x[idx])  # fault: unnormalized-inputs
        loss = loss_fn(pred, y[idx])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if batch % 20 == 0:
            print(f"loss: {loss.item():>7f}  [{batch * 64:>5d}/3000]")
