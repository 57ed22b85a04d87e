"""Labels that have nothing to do with the inputs, two of three the same: one class is all there is to learn."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
x = torch.randn(300, 4)
y = (torch.arange(300) % 3 == 0).float()
loader = DataLoader(TensorDataset(x, y), batch_size=50, shuffle=True)


class Judge(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 8)
        self.outer = nn.Linear(8, 1)

    def forward(self, x):
        return self.outer(torch.tanh(self.inner(0.1 * x))).squeeze(1)


model = Judge()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(15):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)  # finds: constant-prediction
        loss.backward()
        optimizer.step()
