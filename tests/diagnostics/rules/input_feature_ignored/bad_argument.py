"""Two inputs, of which forward forgets the second."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
left, right = torch.randn(120, 3), torch.randn(120, 2)
y = left[:, :1] + 0.3 * right[:, :1]


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(3, 16)
        self.outer = nn.Linear(16, 1)

    def forward(self, left, right):  # finds: input-feature-ignored
        joined = torch.cat([left], dim=1)
        return self.outer(torch.tanh(self.one(joined)))


model = Two()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(4):
    for a, b, c in DataLoader(TensorDataset(left, right, y), batch_size=30, shuffle=True):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(a, b), c).backward()
        optimizer.step()
