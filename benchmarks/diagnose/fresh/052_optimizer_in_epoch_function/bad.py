import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(22)
X = torch.rand(1200, 5) * 2 - 1
y = (torch.sin(3 * X[:, :1]) * X[:, 1:2] + X[:, 2:3] ** 2)
loader = DataLoader(TensorDataset(X, y), batch_size=60, shuffle=True)


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.seq = nn.Sequential(nn.Linear(5, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, x):
        return self.seq(x)


def train_batch(model, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.95)  # fault: optimizer-recreated
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


model = Regressor()
for epoch in range(10):
    losses = [train_batch(model, xb, yb) for xb, yb in loader]
    print(epoch, sum(losses) / len(losses))
