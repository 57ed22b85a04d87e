"""Autoencoder for standardised breast-cancer measurements."""
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from torch import nn


class AE(nn.Module):
    def __init__(self, d, code):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(d, 20), nn.ReLU(), nn.Linear(20, code))
        self.dec = nn.Sequential(nn.Linear(code, 20), nn.ReLU(), nn.Linear(20, d), nn.ReLU())  # fault: output-range

    def forward(self, x):
        return self.dec(self.enc(x))  # fault: output-range


torch.manual_seed(26)
x = torch.tensor(StandardScaler().fit_transform(load_breast_cancer().data), dtype=torch.float32)
net = AE(30, 6)
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(20):
    for rows in torch.randperm(len(x)).split(57):
        loss = nn.functional.mse_loss(net(x[rows]), x[rows])  # fault: output-range
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 5 == 4:
        print(epoch + 1, loss.item())
