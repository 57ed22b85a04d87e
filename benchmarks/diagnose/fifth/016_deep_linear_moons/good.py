import torch
from sklearn.datasets import make_moons
from torch import nn


class Net(nn.Module):
    def __init__(self, width=40, depth=3):
        super().__init__()
        self.inp = nn.Linear(2, width)
        self.hidden = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        x = torch.relu(self.inp(x))
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.out(x).squeeze(-1)


torch.manual_seed(0)
X, y = make_moons(500, noise=0.1, random_state=0)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(100):
    optimizer.zero_grad()
    logit = net(X)
    loss = criterion(logit, y)
    loss.backward()
    optimizer.step()
print(loss.item(), ((logit > 0) == (y > 0.5)).float().mean().item())
