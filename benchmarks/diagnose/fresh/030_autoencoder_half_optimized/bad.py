"""Anomaly detection: encoder and decoder as two modules."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader

torch.manual_seed(14)
basis = torch.randn(3, 20)
normal = torch.tanh(torch.randn(2000, 3) @ basis)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 4))

    def forward(self, x):
        return self.net(x)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 20))

    def forward(self, z):
        return self.net(z)


encoder = Encoder()
decoder = Decoder()
optimizer = torch.optim.Adam(encoder.parameters(), lr=2e-3)  # fault: param-not-in-optimizer
loader = DataLoader(normal, batch_size=64, shuffle=True)
for epoch in range(8):
    losses = []
    for x in loader:
        z = encoder(x)
        x_hat = decoder(z)
        loss = ((x - x_hat) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(epoch, sum(losses) / len(losses))
