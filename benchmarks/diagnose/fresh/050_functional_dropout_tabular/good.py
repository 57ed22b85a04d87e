"""Breast cancer, with F.dropout in forward; test accuracy differs from call to call."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer
from torch import nn

bc = load_breast_cancer()
X = torch.tensor((bc.data - bc.data.mean(0)) / bc.data.std(0), dtype=torch.float32)
y = torch.tensor(bc.target)
torch.manual_seed(20)
p = torch.randperm(569)
train_idx, test_idx = p[:400], p[400:]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(30, 64)
        self.fc2 = nn.Linear(64, 32)
        self.fc3 = nn.Linear(32, 2)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.dropout(x, 0.5, training=self.training)
        x = F.relu(self.fc2(x))
        x = F.dropout(x, 0.5, training=self.training)
        return self.fc3(x)


model = Net()
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(20):
    model.train()
    for idx in train_idx[torch.randperm(400)].split(40):
        opt.zero_grad()
        loss = F.cross_entropy(model(X[idx]), y[idx])
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        pred = model(X[test_idx]).argmax(1)
    print(epoch, loss.item(), (pred == y[test_idx]).float().mean().item())
