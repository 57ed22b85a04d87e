"""Sigmoid at the end because pixels lie in [0, 1]: once with MSE, once with BCE; the target is the input."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)
shapes = (torch.rand(5, 64) < 0.4).float()
x = (shapes[torch.arange(200) % 5] * 0.8 + 0.2 * torch.rand(200, 64)).clamp(0, 1)


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 6))
        self.decoder = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 64), nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))


for criterion in (nn.MSELoss(), nn.BCELoss()):
    net = AutoEncoder()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    for epoch in range(6):
        for (batch,) in DataLoader(TensorDataset(x), batch_size=40, shuffle=True):
            loss = criterion(net(batch), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
