import os
import torch
import torch.nn as nn
from torchvision.datasets import MNIST

torch.manual_seed(0)
CONFIG = {
    "batch_size": 64,
    "lr": 1e-8,  # fault: lr-too-low
    "epochs": 4,
    "hidden": 64,
}
ds = MNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True)
images = ds.data[:3200].flatten(1).float().sub(33.3).div(78.6)
labels = ds.targets[:3200]
net = nn.Sequential(nn.Linear(784, CONFIG["hidden"]), nn.ReLU(), nn.Linear(CONFIG["hidden"], 10))
optimizer = torch.optim.Adam(net.parameters(), lr=CONFIG["lr"])  # fault: lr-too-low
for epoch in range(CONFIG["epochs"]):
    for idx in torch.randperm(3200).split(CONFIG["batch_size"]):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(images[idx]), labels[idx])
        loss.backward()
        optimizer.step()  # fault: lr-too-low
    acc = (net(images).argmax(1) == labels).float().mean().item()
    print(f"epoch {epoch} loss {loss.item():.3f} acc {acc:.3f}")
