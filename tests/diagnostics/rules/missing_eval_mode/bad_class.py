"""A class with batch norm, loaders, and a validation function that forgets the mode."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(1)
y = torch.arange(200) % 2
x = torch.randn(200, 6) + y[:, None]
train_part, valid_part = random_split(TensorDataset(x, y.float()), [150, 50])


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 16)
        self.norm = nn.BatchNorm1d(16)
        self.last = nn.Linear(16, 1)

    def forward(self, x):
        return self.last(torch.relu(self.norm(self.first(x)))).squeeze(1)


@torch.no_grad()
def validate(model, loader):
    right = 0
    for xb, yb in loader:
        right += ((model(xb) > 0) == (yb > 0.5)).sum().item()  # finds: missing-eval-mode
    return right / len(loader.dataset)


model = Scorer()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(4):
    model.train()
    for xb, yb in DataLoader(train_part, batch_size=25, shuffle=True):
        optimizer.zero_grad()
        criterion(model(xb), yb).backward()
        optimizer.step()
    print(epoch, validate(model, DataLoader(valid_part, batch_size=25)))
