import os
import torch
import torch.nn as nn
from torch.optim.lr_scheduler import StepLR
from torchvision.datasets import FashionMNIST

torch.manual_seed(0)
fm = FashionMNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True, download=True)
X = fm.data[:3000].float().flatten(1) / 255 - 0.3
Y = fm.targets[:3000]
model = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = StepLR(optimizer, step_size=3, gamma=0.3)  # fault: scheduler-misuse

for epoch in range(5):
    for idx in torch.randperm(3000).split(50):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[idx]), Y[idx])
        loss.backward()
        optimizer.step()
        scheduler.step()  # fault: scheduler-misuse
    acc = (model(X).argmax(1) == Y).float().mean().item()
    print(f"epoch {epoch} lr {optimizer.param_groups[0]['lr']:.2e} loss {loss.item():.3f} acc {acc:.3f}")
