"""A table of ages, incomes and counts, each on its own scale; a class and a loader."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
table = torch.stack([torch.randint(18, 90, (200,)), torch.randint(1000, 9000, (200,)), torch.randint(0, 5, (200,))], 1)
owns = ((table[:, 0] > 50) & (table[:, 1] > 3000)).float()
loader = DataLoader(TensorDataset(table.float(), owns), batch_size=40, shuffle=True)


class Owner(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 16)
        self.outer = nn.Linear(16, 1)

    def forward(self, x):
        return self.outer(torch.relu(self.inner(x))).squeeze(1)


model = Owner()
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
for epoch in range(5):
    for rows, wanted in loader:
        optimizer.zero_grad()
        scores = model(rows)  # finds: unnormalized-inputs
        nn.functional.binary_cross_entropy_with_logits(scores, wanted).backward()  # finds: exploding-gradient, initial-loss-off
        optimizer.step()
