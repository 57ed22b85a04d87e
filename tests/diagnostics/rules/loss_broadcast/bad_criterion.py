"""The same through nn.MSELoss, in batches from a DataLoader."""

import warnings

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.simplefilter("ignore")
torch.manual_seed(13)
features = torch.randn(96, 5)
price = features @ torch.tensor([1.0, -2.0, 0.5, 0.0, 3.0]) + 0.1 * torch.randn(96)
loader = DataLoader(TensorDataset(features, price), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
criterion = nn.MSELoss()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    for batch, target in loader:
        opt.zero_grad()
        loss = criterion(model(batch), target)  # finds: loss-broadcast
        loss.backward()
        opt.step()
