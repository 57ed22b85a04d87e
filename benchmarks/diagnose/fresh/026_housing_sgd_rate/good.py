"""House prices (generated, standardized): loss goes up?"""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X = torch.randn(1000, 8)
y = (X[:, 0] * 2 - X[:, 1] + X[:, 2] * X[:, 3] + 0.1 * torch.randn(1000)).unsqueeze(1)
y = (y - y.mean()) / y.std()

LEARNING_RATE = 0.02
EPOCHS = 8


class HousePriceModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(8, 64)
        self.fc2 = nn.Linear(64, 64)
        self.fc3 = nn.Linear(64, 1)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.fc3(self.act(self.fc2(self.act(self.fc1(x)))))


model = HousePriceModel()
optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
for epoch in range(EPOCHS):
    for features, price in DataLoader(TensorDataset(X, y), batch_size=40, shuffle=True):
        optimizer.zero_grad()
        loss = nn.MSELoss()(model(features), price)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
