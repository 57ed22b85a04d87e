import os
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision.datasets import MNIST

torch.manual_seed(0)
raw = MNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True)
x = raw.data[:5000].reshape(-1, 784) / 255.0
y = raw.targets[:5000]
loader = DataLoader(TensorDataset(x, y), batch_size=100, shuffle=True)

net = nn.Sequential(
    nn.Linear(784, 100),
    nn.ReLU(),
    nn.Linear(100, 50),
    nn.ReLU(),
    nn.Linear(50, 10),
)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
ce = nn.CrossEntropyLoss()
for epoch in range(4):
    hits = 0
    for xb, yb in loader:
        out = net(xb)
        loss = ce(out, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        hits += (out.argmax(1) == yb).sum().item()
    print(f"epoch {epoch + 1}, training accuracy {hits / len(x):.4f}")
