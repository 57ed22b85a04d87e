import argparse

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--lr", default=1e-1, type=float)
parser.add_argument("--epochs", default=6, type=int)
parser.add_argument("--batch-size", default=32, type=int)
opt = parser.parse_args()

d = load_digits()
dataset = TensorDataset(torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target))
torch.manual_seed(0)
loader = DataLoader(dataset, opt.batch_size, shuffle=True)
net = nn.Sequential(nn.Linear(64, 100), nn.ReLU(), nn.Linear(100, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=opt.lr, momentum=0.5)
for epoch in range(opt.epochs):
    for data, target in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(data), target)
        loss.backward()
        optimizer.step()
    print("Epoch", epoch, "Loss", loss.item())
