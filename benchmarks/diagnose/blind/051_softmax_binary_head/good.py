"""Will the customer leave? One output and BCELoss."""
import torch
from torch import nn


class Churn(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(9, 24)
        self.fc2 = nn.Linear(24, 1)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        return torch.sigmoid(self.fc2(x))


torch.manual_seed(35)
x = torch.randn(1000, 9)
leave = ((x[:, :1] - x[:, 1:2] + 0.5 * torch.randn(1000, 1)) > 0).float()
model = Churn()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
bce = nn.BCELoss()
for epoch in range(6):
    for i in range(0, 1000, 50):
        loss = bce(model(x[i:i + 50]), leave[i:i + 50])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), ((model(x) > 0.5) == (leave > 0.5)).float().mean().item())
