import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(8, 32)
        self.middle = nn.Linear(32, 16)
        self.top = nn.Linear(16, 1)

    def forward(self, x):
        x = torch.relu(self.embed(x))
        x = torch.relu(self.middle(x))
        return self.top(x)


torch.manual_seed(0)
X = torch.randn(400, 8)
t = (X[:, :2].prod(dim=1) + X[:, 3].sin()).unsqueeze(1)
model = Net()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(12):
    for rows in torch.randperm(400).split(40):
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(X[rows]), t[rows])
        loss.backward()
        opt.step()
    print(f"{epoch:2d} {nn.functional.mse_loss(model(X), t).item():.4f}")
