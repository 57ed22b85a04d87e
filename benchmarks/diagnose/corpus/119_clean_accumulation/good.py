import torch
from torch import nn
from sklearn.datasets import load_breast_cancer
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
d = load_breast_cancer()
x = torch.tensor((d.data - d.data.mean(0)) / d.data.std(0)).float()
y = torch.tensor(d.target).float()
loader = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True)
net = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.2)
EVERY = 4
opt.zero_grad()
for epoch in range(4):
    for i, (xb, yb) in enumerate(loader, 1):
        loss = nn.functional.binary_cross_entropy_with_logits(net(xb).squeeze(1), yb) / EVERY
        loss.backward()
        if i % EVERY == 0 or i == len(loader):
            opt.step()
            opt.zero_grad()
    print(epoch, loss.item() * EVERY)
