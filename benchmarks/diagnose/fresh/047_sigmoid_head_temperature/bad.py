"""Temperature of tomorrow in degrees (standardized): the network never gets below zero."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(17)
days = torch.arange(1500).float()
temp = 10 + 12 * torch.sin(days / 58) + 2 * torch.randn(1500)
temp = (temp - temp.mean()) / temp.std()
windows = temp.unfold(0, 8, 1)
X, y = windows[:, :7], windows[:, 7:]
n = 1200


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(7, 32)
        self.fc2 = nn.Linear(32, 1)

    def forward(self, x):
        x = torch.tanh(self.fc1(x))
        return torch.sigmoid(self.fc2(x))  # fault: output-range


model = Forecast()
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
loader = DataLoader(TensorDataset(X[:n], y[:n]), batch_size=48, shuffle=True)
for epoch in range(8):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(xb), yb)  # fault: output-range
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(epoch, loss.item(), loss_fn(model(X[n:]), y[n:]).item())
