"""Spam or not: the usual ValueError about target sizes."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(9)
counts = torch.poisson(torch.rand(800, 20) * 3)
weights = torch.randn(20)
labels = (counts @ weights + torch.randn(800) > 0).float()
counts = counts / 3


class SpamNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())

    def forward(self, x):
        return self.net(x)


net = SpamNet()
loss_fn = nn.BCELoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.005)
for epoch in range(6):
    for x, y in DataLoader(TensorDataset(counts, labels), batch_size=50, shuffle=True):
        optimizer.zero_grad()
        y_hat = net(x)
        loss = loss_fn(y_hat, y.unsqueeze(1))
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
