"""One output unit: the loss is given a column of targets, the accuracy is not."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
y = (torch.arange(128) % 2).float()
x = torch.randn(128, 5) + y[:, None]


class Judge(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(5, 12)
        self.outer = nn.Linear(12, 1)

    def forward(self, x):
        return self.outer(torch.relu(self.inner(x)))


def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for xb, yb in loader:
            guess = torch.sigmoid(model(xb)).round()
            right += guess.eq(yb).sum().item()  # finds: metric-broadcast
    return right / len(loader.dataset)


loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
model = Judge()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(4):
    model.train()
    for xb, yb in loader:
        optimizer.zero_grad()
        criterion(model(xb), yb.view(-1, 1)).backward()
        optimizer.step()
    print(accuracy(model, loader))
