"""Bytes go into the network, which scales them itself."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class ByteNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.3))
        self.register_buffer("std", torch.tensor(0.37))
        self.net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 10))

    def forward(self, x):
        x = (x.float() / 255 - self.mean) / self.std
        return self.net(x)


torch.manual_seed(25)
d = load_digits()
images = torch.tensor(d.images * 15.9).to(torch.uint8).unsqueeze(1)
labels = torch.tensor(d.target)
net = ByteNet()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(4):
    for x, y in DataLoader(TensorDataset(images[:1500], labels[:1500]), batch_size=50, shuffle=True):
        loss = nn.functional.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(epoch, loss.item(), (net(images[1500:]).argmax(1) == labels[1500:]).float().mean().item())
