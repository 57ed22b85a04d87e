import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
X = torch.tensor(d.data / 16, dtype=torch.float32)
T = torch.tensor(d.target)


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        return self.fc2(x)


model = MLP()
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters())
for epoch in range(10):
    for idx in torch.randperm(len(X)).split(64):
        optimizer.zero_grad()
        loss = loss_function(model(X[idx]), T[idx])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), (model(X).argmax(1) == T).float().mean().item())
